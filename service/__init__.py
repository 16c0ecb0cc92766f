"""The web face: what `hub/` answers, over HTTP, to those who prove who asks and why. Routes are thin; every rule stands in the hub.

server.py     connections: what one may hold, how long it may wait, who gives way
door.py       nothing passes without a token; bodies are capped; each answer has a request's number
problems.py   our error tree as RFC 9457 problems, without a value of a person
ministry/     the Ministry's system asks: SOAP with its own door, and REST
app.py        puts the routes of api/ together over one hub
"""
