"""Local operation of the hub on one machine: the embedded PostgreSQL, a scenario's folder, secrets made on first use.

Here: starting and stopping the embedded server, the state folder with its clock, passwords of database roles, keys and
credentials for the doubles of outside systems.

Not here: the city's files (`core/deployment.py`) and the doubles themselves (`twins/`). A deployment with its own
server and secrets file uses little of this package.

Reading order:

    scenario      a folder of state, its clock, its server
    secrets       passwords and credentials: read, or made for this machine only
    credentials   sets of a login, one or two live ones; secret_sources: where each comes from
    second_login  a source that goes on with the second where the first are refused
    embedded      PostgreSQL from a wheel, under an unprivileged account
    local_keys    certificates between the hub and the doubles
"""
