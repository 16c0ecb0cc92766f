"""Source systems as connections of Airflow: a provider with form fields and a test, and the look-up of secrets.

    provider   what Airflow reads of us (entry point `apache_airflow_provider`): the type, its fields, its labels
    hook       `motlan`: the credentials of one system, and a test that walks its check
    lookup     the credentials of a connection, for the one resolver of the hub (`hub/local/secret_sources.py`)

A connection holds secrets only. Address, dialect and schedule are the deployment's: a connection cannot send a
password to another machine.
"""
