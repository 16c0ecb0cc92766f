"""Who may have what: grants, and what follows from them. Deny by default.

purposes      what each purpose needs                    model       one grant, and all of a deployment
load          grants.yaml and purposes.yaml, checked     territory   which entries a grant covers
permission    what the grants say of one question        granted     the same as rows that the database consults
"""
