"""Long-running proofs of promises; each has a target in the Makefile, and none runs in `make test`.

kills/      after any kill or crash the next plain run ends well, and nothing is left over
quality/    every planted defect is found, and nothing else
timing      answers without content take the same time, whatever the reason
watching    what watching the systems costs: Airflow with nothing to do, without watchers and with them
wsdls       what can be asked of the services that a folder of WSDLs describes
reform      the night of 30 June to 1 July 2025 on a virtual clock: nothing is lost, both sides are answered
departures  what left its source is found by a listing, and nothing else; what came back is back
rebuild     sixty days of all shipped feeds, made again from history byte for byte
recall      corrections, until everybody who was told the old value knows
reconcile   a receiver that lost, altered and invented records: exactly these are found, in few bytes
trial       time from a change in a district to a decision that uses it, under Airflow
"""
