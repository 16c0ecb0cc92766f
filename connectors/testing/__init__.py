"""What every connector must pass: conformance suites, and the scripts that spoil an honest system's answers.

Here: suites for HTTP, files and databases, a proxy on a real socket, scripted faults of each kind. Used by tests and by
whoever writes a connector. Nothing of the hub imports this at run time.

    conformance, file_conformance, sql_conformance    the suites
    fault_proxy                                       a proxy that spoils answers
    fault_scripts, file_faults, sql_faults            the faults
"""
