"""Accounts of the workbench: people of the city's own offices, what each role may see, passwords, sessions.

An account says who acts; what a role may do is said by `roles.py` alone. The API's agencies have tokens and no account.

Reading order:

    roles       roles, rights, and which unit a clerk is held to
    passwords   scrypt, with its parameters in the text
    tables      accounts, sessions, the log of what was done to accounts
    store       add, list, disable, a new password, sign-in with its pauses
    sessions    begin, find, end
    scope       units and systems that an account may see
    openid      sign-in by OpenID Connect: the code flow, the checks of a token
    openid_store  sign-ins on their way, and which identity opens which account
"""
