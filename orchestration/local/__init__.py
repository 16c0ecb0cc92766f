"""Airflow on one machine, without containers: its processes, settings, executor, and a client of its API."""
