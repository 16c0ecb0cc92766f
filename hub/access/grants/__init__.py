"""Who may see what: grants, and what follows from them. Without a grant everything is denied.

purposes      what each purpose needs                    model       one grant, and all of a deployment
load          grants.yaml and purposes.yaml, checked     territory   which entries a grant covers
permission    the result for one question                granted     the grants as rows for the database
allowance     limits of one question                     agencies    reference/agencies.csv
versions      what was applied, by whom; the newest      live        the version in force, read in each transaction
              is in force
signers       grant_signers.yaml: whose keys may sign    signatures   what a person signs, and what proves it
document      a version as JSON, and its digest          changes     what differs between two versions
"""
