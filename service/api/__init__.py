"""The routes, one file a thing that can be asked for."""
