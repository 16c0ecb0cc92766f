"""Backups: base backups of the database, the log that follows each, and the landing folder; and the way back.

    <folder>/landing/ab/<sha256>.page    the landed bytes, sealed as they are in the hub's own landing
    <folder>/<backup>/base               PostgreSQL's base backup (`pg_basebackup`)
    <folder>/<backup>/wal                the log (WAL) since it began (`pg_receivewal`)
    <folder>/<backup>/backup.json        what is known about it

Each backup has a slot at the server: the server keeps its log until this backup has it. A backup can be restored to
any moment from its end until the last log that was fetched. A page is landed before the database knows it; so the
landing folder is copied after the log, and never lacks a page.

Here: taking, following, checking and rehearsing backups, and restoring. Not here: keys and credentials (they are never
part of a backup: whoever has both reads everything).

    catalogue     the folder of backups, and what is known about each
    server        the server that is backed up: its programs, its log level, its slots
    taking        a base backup, and the log that follows
    mark          a moment of the log with the digest of the warehouse at that moment
    landing_copy  pages that the copy lacks
    restoring     back to a moment, into the scenario or into a folder
    checking      the bytes of a backup; a rehearsal on a server of its own
"""
