"""Faulty replies as data: each fault with the error that it must become.

Here: one list for every connector over HTTP, and one for each kind of reply.

Not here: the proxy that applies them (`fault_proxy`), and faults of files and databases (`file_faults`, `sql_faults`).

    script           what a fault is, and the changes that several lists share
    http             any reply over HTTP
    json_envelope    one-stop systems, national portal, electronic identification
    json_listing     a listing that a deployment declares
    registry_soap    the civil registry over SOAP        registry_rest    over its REST facade
    wsdl             SOAP of any WSDL
"""
