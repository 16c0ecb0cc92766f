"""Who may have what: grants, and what follows from them. Deny by default."""
