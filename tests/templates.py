"""Databases that are made once and copied: the migrations take seconds, a copy a fraction of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import sqlalchemy as sa
from psycopg import sql

from hub.access.row_security import ROLES
from hub.core.database import connect
from hub.local.embedded import EmbeddedServer


class Templates:
    """What a test session has made so far; a test changes its own copy only."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.server = server
        self.made: set[str] = set()

    def fill(self, url: str, kind: str, make: Callable[[sa.Engine], None]) -> sa.Engine:
        """An engine for the database of `url`, which is made anew as a copy of what `make` made for the first of its kind."""
        template = f"template_{kind}"
        if kind not in self.made:
            self.server.drop(template)
            engine = connect(self.server.ensure(template, "tester", "tester", takes_on=ROLES))
            try:
                make(engine)
            finally:
                engine.dispose()
            self.made.add(kind)
        engine = connect(url)
        self.copy(template, str(engine.url.database))
        return engine

    def copy(self, template: str, database: str) -> None:
        """Put a copy of one database in the place of another; nobody may be connected to either."""
        source, copied, owner = (sql.Identifier(name) for name in (template, database, "tester"))
        with psycopg.connect(self.server.url(), autocommit=True) as admin:
            admin.execute(sql.SQL("drop database if exists {}").format(copied))
            admin.execute(sql.SQL("create database {} template {} owner {}").format(copied, source, owner))

    def snapshot(self, engine: sa.Engine) -> Snapshot:
        """The database of an engine as it is now."""
        engine.dispose()
        kept = f"{engine.url.database}_kept"
        self.copy(str(engine.url.database), kept)
        return Snapshot(self, engine, kept)


@dataclass(frozen=True)
class Snapshot:
    """A database as it once was, to which a test goes back: tables that are only ever appended to cannot be emptied."""

    templates: Templates
    engine: sa.Engine
    kept: str

    def restore(self) -> None:
        """Put the database back; the engine's sessions end, and the engine goes on."""
        self.engine.dispose()
        self.templates.copy(self.kept, str(self.engine.url.database))

    def drop(self) -> None:
        self.templates.server.drop(self.kept)
