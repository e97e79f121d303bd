"""The runner: from a plan to published pages. It knows notebooks and files, not figures."""
