"""What the city holds about a person: entries of registers, results and papers of dossiers, found and linked.

Here: which datasets are evidence, how a person or an old paper leads to entries, how one entry that several systems
hold is linked and where they contradict each other.

Not here: whether evidence spares somebody a paper (`answers/decisions/`) and who may see it (`access/`).

Reading order:

    registers         which datasets, about whom, what ends an entry
    people            who is asked about
    evidence          one item, and how it is read at a moment
    locator           from a person to items: certain, or possible with what differs
    books, components entries by book and number; papers handed in before
    results           result papers that a dossier's owner received
    linkage           one entry in several systems        source_conflicts   where they differ
    doubts            what a person should know of a record: its findings      rule_sentences   rules in Vietnamese
    dossier_links     one dossier in several systems
    indexes           the indexes that all of this needs
"""
