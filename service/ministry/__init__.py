"""How the Ministry's system asks the city (module BS): the same three operations over REST and SOAP 1.1; every rule stands in `hub/answers/ministry/`."""
