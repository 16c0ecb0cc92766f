"""Requirements: the papers that procedures demand, and the evidence with which the city can answer each.

Here: the catalogue of requirements, the rules that map a demanded paper to evidence, and the measures of that mapping.

Not here: decisions about one dossier (`answers/decisions/`).

    catalogue     requirements of a deployment, read and checked
    papers, words        the rows of a catalogue, and their words in one form
    lexicon, rules       the words and the papers that are known, as data
    reader, clauses, terms, reading    the grammar: from words to a tree
    mapping, proposal    from the tree to a proposal: reuse, confirm or ask
    facts                requirements.csv, and what share is covered
"""
