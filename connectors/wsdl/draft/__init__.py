"""A first draft of contract and mapping, made of a WSDL."""
