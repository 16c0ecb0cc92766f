"""WSDL 1.1 as others write it: documents, operations, types, and the request that they ask for."""
