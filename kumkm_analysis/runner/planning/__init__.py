"""What is to be made: notebooks, their parameters, the key of each report, and why it is made."""
