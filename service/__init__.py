"""The HTTP service over the hub, for authenticated agencies. Routes are thin; every rule is in the hub.

server.py     bounds of connections: size, waiting time, number
auth.py       a token for every route; bodies are capped; each answer has the number of its request
problems.py   the error tree as RFC 9457 problems, without a value of a person
ministry/     the Ministry's system: signed SOAP messages, and REST
app.py        puts the routes of api/ together over one hub
"""
