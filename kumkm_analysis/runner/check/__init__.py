"""The checks of a finished page: it is whole, loads nothing, and accounts for every numeral."""
