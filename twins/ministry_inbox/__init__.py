"""A ministry's inbox for the city's feeds: a receiver that knows the kit and nothing of the hub.

receiver.py        keeps deliveries, judges them with kit/verify.py, signs what became of them
misbehaviour.py    twelve ways in which a receiver goes wrong, by seed
app.py             its two calls over HTTP
"""
