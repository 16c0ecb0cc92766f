"""From a valid ODCS document to the values the hub acts on.

ODCS says more than the hub does. Whatever a contract states must be carried out by some engine,
so a word of the standard that the hub does not act on is an error here, never a silent gap.
What the standard has no word for stands in `customProperties`, in the vocabularies of `words`.

Not here: whether a file is ODCS at all (`contracts/load.py`), and whether a contract is well written (`contracts/lint.py`).

    contract    a whole document: its head, its datasets, and which is whose child
    datasets    one dataset with its fields and rules
    fields      one field
    derive      the rules that follow from how a field is declared
    rules       the rules that a contract states itself
    words       the words the hub acts on, and refusing the others
"""
