"""A first draft of a contract from what a source says of itself, with marks where a person must decide.

    columns     one column of a draft, and what is guessed from values
    text        the contract's text, each open place with its mark
    csv_file    from a CSV file and its values
    openapi     from a schema of an OpenAPI document

A draft promises nothing: `hub contracts lint` reports each mark until it is gone. Every field has the strictest class.
"""
