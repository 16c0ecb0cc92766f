"""Models of the files of a deployment, as they are written."""
