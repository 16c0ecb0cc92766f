"""The entries of the four books, filled from the people's lives."""
