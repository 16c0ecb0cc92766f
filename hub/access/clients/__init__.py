"""The systems of agencies: which certificate is whose, since when, until when, and who revoked it.

    authority     a small certificate authority of the hub's own, for agencies without one
    enrolment     certificates by fingerprint: enrolled, renewed, revoked; looked up at each request

A certificate proves which system asks. A token, bound to the certificate, says which officer asks, for what and under
which law (`hub/access/tokens.py`). Neither is enough alone.
"""
