"""XML from outside: hardened parsing, envelopes, and records read one by one, so that a bad one costs itself."""
