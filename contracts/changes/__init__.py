"""What changes between two versions of a contract, and whom each change breaks.

    change      one change: its place, its kind, whom it breaks and why
    compare     two contracts, clause by clause
    fields      fields: type, class, key and what a sender or a reader sees of them
    rules       rules and budgets: whether fewer or more records keep them
    bounds      which of two ranges, lists or lengths admits more
    promises    the service level
    foreign     words of the standard that the hub does not act on, in contracts of others
    readers     whether a reader of some fields may stay with an older version
    history     the versions that were released, and the number that a changed contract must have

A change breaks **senders** when a record that was good may become a case, or its batch be held. It breaks **readers**
when a value may appear that the contract ruled out, or something they read goes away. A change that breaks neither is
safe.
"""
