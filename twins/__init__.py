"""Doubles of the outside systems, on real sockets, over one synthetic city.

    city          what all is drawn from: places, procedures, names, small tools, names on the wire
    people        the inhabitants and their lives
    entries       the four books, filled from these lives; dossiers: what they file
    defects       planted defects, and the truth table
    population    all of it, by seed
    services      one-stop systems, portals, population database, behind the LGSP
    digitised     digitised books: a database, workbooks with scans
    registry      the Ministry's registry: SOAP, REST, and as a client
    wsdl          any service with a WSDL; a process of its own
    ministry_inbox   a ministry that is delivered to; open_id, smtp_sink: sign-in and mail
    serve         one process, one port; control, faults, clock, journal: faults and changes on demand, kept on disk

A twin differs from a real system only by its address. Nothing of the hub imports this package.
"""
