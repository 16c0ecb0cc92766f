"""The workbench: what an auditor, a clerk, a jurist and a leader see, decide and close. Vietnamese and English.

Routes are thin, as in the API: data and acts are the hub's functions, and no page holds SQL. Pages are made here
(Jinja, every value escaped; drawings are SVG); htmx and two small files of ours are all that a browser gets.

Reading order:

    app         the table of pages: path, right, function; there is no other way to add one
    guard       session, right, origin, form: before any page's function runs
    visit       one request of a person: account, scope, language, form; what it may answer
    rendering   Jinja, numbers and days in both languages, headers
    drawings    geometry of the drawings
    openid      sign-in over a provider of identities
    sign_in     sign-in, sign-out, password
    today       streams x days, held batches, what waits for me; two days side by side
    cases       cases: triage, one case, acts, a look at the record
    findings    accepted records that contradict something
    datasets    contract, coverage, what came, versions; the trace of one record
    requirements   what procedures demand; a jurist settles groups; requirement_words: its words in Vietnamese
    city        decisions and reuse, audit, grants, feeds, conflicts, signatures, accounts
    systems     systems and their streams; runs: one reading of a stream
"""
