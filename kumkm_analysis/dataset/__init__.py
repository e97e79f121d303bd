"""What was printed: tokens, intervals and records, read from a validated data package."""
