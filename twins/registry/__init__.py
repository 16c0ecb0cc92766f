"""The Ministry's civil registry over SOAP and REST, and as a client that asks the city."""
