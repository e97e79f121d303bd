"""What a notebook says: sentences, tables and the list of evidence behind every number."""
