"""Digitised books as a contractor delivers them: a PostgreSQL store, and workbooks with scans."""
