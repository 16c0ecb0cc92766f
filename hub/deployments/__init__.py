"""A deployment's folder as a whole: checked, described by schemas, written anew."""
