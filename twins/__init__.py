"""Doubles of the outside systems, on real sockets, over one synthetic city.

    names places people     the inhabitants          columns words   small tools
    pages registrations     the four books           procedures dossiers   filed dossiers
    defects defects_registers defects_dossiers defects_names    planted defects, and the truth table
    population              all of it, by seed       fields          names on the wire, written independently
    dossier_store one_stop  22 one-stop systems      books security moj_soap   the registry
    lgsp moj_forms moj_rest                          the registry's REST facade
    faults control clock    faults on demand         replies serve   one process, one port
    wsdl_types schema_samples schema_samples_text wsdl_service  any service with a WSDL; a process of its own

A twin differs from a real system only by its address. Nothing of the hub imports this package.
"""
