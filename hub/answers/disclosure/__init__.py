"""The one place where fields of a record leave the hub: requested AND granted AND needed.

Here: what is asked and answered, the policy that cuts, answers in place of records, prefill. Not here: who holds which
grant (`access/grants/`).

    model         what is asked, what is answered
    policy        the cut: fields, territory, law, days
    entries       the entry asked about          answers    yes or no in place of fields
    prefill       a form's fields from an entry
    disclosure    all of it for one question
"""
