"""Reference lists out of declared packages and entered facts. See `__main__.py`."""
