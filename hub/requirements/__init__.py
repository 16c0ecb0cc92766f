"""Requirements: the papers that procedures demand, and the evidence with which the city can answer each.

Here: the catalogue of requirements, the rules that map a demanded paper to evidence, and the measures of that mapping.

Not here: decisions about one dossier (`answers/decisions/`).

    catalogue     requirements of a deployment, read and checked
    rules, mapping, papers, texts    from a catalogue's words to evidence
    facts, score  what share is covered, how well the mapping does
"""
