"""The dialects: one module or package each, with a function `source(system, contract)`."""
