"""Runs the command line as ``python -m kumkm_analysis``."""

from kumkm_analysis.cli import entry

if __name__ == "__main__":
    entry()
