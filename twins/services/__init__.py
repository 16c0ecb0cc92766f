"""Services behind the LGSP: one-stop systems, portals, e-identification and the population database."""
