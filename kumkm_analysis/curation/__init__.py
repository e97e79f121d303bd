"""From an article to rows of the data: what is proposed, then what is added, and mended files."""
