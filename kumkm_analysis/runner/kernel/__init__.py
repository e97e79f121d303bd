"""The kernel of one report, and the client that runs the cells in it."""
