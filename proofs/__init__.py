"""What takes long and proves a promise; each has a target in the Makefile, and none runs in `make test`.

    quality/    every planted defect is found, and nothing else
    trial       from a change in a district to a decision that uses it, under Airflow
"""
