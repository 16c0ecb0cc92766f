"""The dialects: one module each, with a function `source(system, contract)`."""
