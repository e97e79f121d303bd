"""What is made of an executed notebook: the page, its results, the crate, and the index of all."""
