"""Once only: what the city holds about a person, and whether it spares them a paper.

requirement + person ──locate──> evidence ──conditions──> decision: reuse, confirm or ask, with reasons

kinds       which datasets hold evidence, about whom
evidence    one item of evidence, and how it is read at a moment
components  papers handed in before, digitised at receipt
tellings    the same entry told by several systems: linked, never merged
books       a book's entry: which records it may be, by place and day
locator     from what is known of a person to the entries about them: certain, or possible with what differs
conditions  the table that decides; pure
decide      a dossier's requirements through all of these
decisions   decisions on record: idempotent, previewed before use, what is told to the portal
succession  what changed between a decision and the same question judged now; pure
rejudge     a decision is a claim about a moment: judged again at each act, superseded when it does not hold
elsewhere   outside sources that a question asks: listed by a first attempt, asked while no transaction is open
desk        a question answered and put on record; the commands of officers
officer     preview, confirm, use, refuse, extract: each one transaction with its audit row
access      what one asker may do: his own decisions, records, states and reports
noted       the outcome of an answer that is made of decisions, for its audit row
extracts    trích lục: drafts for signature, numbered in the register of issued copies
"""
