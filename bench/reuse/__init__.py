"""What a decision costs as the city's evidence grows: `python -m bench.reuse`.

evidence     births of a size, and the people among them who are asked about
questions    the hub's own time a question
capture      the statements of a question as a pgbench script
pgbench      pgbench's rate with that script
"""
