"""HTTP calls, bounded in time and bytes, and the certificates that they show."""
