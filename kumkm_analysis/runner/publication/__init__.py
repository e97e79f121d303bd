"""The published folder: how a report gets into it, what lies in it, and what has changed."""
