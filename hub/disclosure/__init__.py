"""The one place where a record's fields leave the hub."""
