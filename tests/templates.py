"""Databases that are made once and copied: the migrations take seconds, a copy a fraction of one."""

from __future__ import annotations

from collections.abc import Callable

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
        address = sa.make_url(url)
        name, owner = sql.Identifier(str(address.database)), sql.Identifier(str(address.username))
        with psycopg.connect(self.server.url(), autocommit=True) as admin:
            admin.execute(sql.SQL("drop database {}").format(name))
            admin.execute(
                sql.SQL("create database {} template {} owner {}").format(name, sql.Identifier(template), owner)
            )
        return connect(url)
