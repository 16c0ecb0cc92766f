"""The interface for the Ministry's system (module BS): three operations over REST and SOAP 1.1. Every rule is in
`hub/answers/ministry/`."""
