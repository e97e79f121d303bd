"""What a researcher asks in one line: find, tabulate, compute, draw, cite and take away."""
