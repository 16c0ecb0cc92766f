"""Conformance suites that every connector must pass, and scripted faults that damage a correct system's replies.

Here: suites for HTTP, files and databases, a proxy on a real socket, scripted faults of each kind. Tests use them, and so
do authors of connectors. Nothing of the hub imports this at run time.

    conformance, file_conformance, sql_conformance    the suites
    target                                            the system under test, one check, a promise that is not kept
    plain_checks, fault_checks, recoveries            the checks: a correct system, a damaged reply, passing trouble
    fault_proxy                                       a proxy that damages replies
    fault_scripts, file_faults, sql_faults            the faults
"""
