"""Doubles of the outside systems, on real sockets, over one synthetic city.

    names places people     who lives there          columns words   small tools
    pages registrations     the four books           procedures dossiers   what is filed
    dirt dirt_registers dirt_dossiers                what is wrong in it, and the truth table
    population              all of it, by seed       fields          the names of the wire, written apart
    desk one_stop           22 one-stop systems      books security moj_soap   the registry
    lgsp moj_forms moj_rest                          the registry again, as its REST facade tells it
    faults control clock    bad days on demand       replies serve   one process, one port
    wsdl_types invent invent_text wsdl_service       any service that a WSDL describes; a process of its own

A twin differs from a real system by its address only. Nothing of the hub imports this package.
"""
