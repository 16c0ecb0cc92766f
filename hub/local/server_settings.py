"""Settings of the embedded PostgreSQL, by name."""

from __future__ import annotations

SETTINGS = {
    "shared_buffers": "1GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "min_wal_size": "2GB",  # used segments are used again: a new one is written twice, first with zeros
    "checkpoint_timeout": "15min",
    "wal_level": "minimal",  # one server, no replica: COPY into a table of the same transaction needs no WAL
    "max_wal_senders": "0",
    "max_connections": "120",
    "jit": "off",  # the hub's statements are short; compiling them costs more than it saves
    "tcp_user_timeout": "60s",  # sessions of a vanished worker end, so that another can take over
    "idle_in_transaction_session_timeout": "10min",  # others than the hub, which asks for less itself
    # A statement or its parameters may hold personal data; the server's log never does.
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}

KEEPS_LOG = {"wal_level": "replica", "max_wal_senders": "6", "max_slot_wal_keep_size": "64GB"}
"""What differs for a server that can be backed up; a log that nobody fetches fills no disk without end."""
