"""News for people who must act: grouped by who answers, with the reason, the next step and a link; never a record.

news     what is wrong now, one notice a stream, system, batch or owner
sent     what was sent already: a notice goes out when it is new or has changed, and once more a day in the digest
mail     one mail for all of them, in Vietnamese and English
webhook  the same as JSON, signed with a shared secret
"""
