"""A double of any service that has a WSDL."""
