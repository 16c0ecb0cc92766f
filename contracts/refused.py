"""How a record stands in a frame that could not be read: connectors write it, the row engine and the stage read it."""

from __future__ import annotations

REFUSED = "_refused"
"""Column of a frame: place and clause of a record that cannot be read, null for the others. Names, never a value."""
RAW = "_raw"
"""Column of a frame beside `REFUSED`: such a record as received, from its first to its last byte (`pl.Binary`)."""
UNREADABLE = "record.unreadable"
"""The rule that such a record breaks. It is the only one of it: of what was not read nothing is known."""
