"""SOAP 1.1 and 1.2: the call, its parts, its headers and its reply."""
