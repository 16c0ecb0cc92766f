"""Accounts of a scenario's workbench: one synthetic officer a role, so that each page can be tried. Never on real time."""

from __future__ import annotations

import secrets

from hub.accounts import store
from hub.app import Hub
from hub.core.actions import Actor
from hub.core.state_files import write_once
from hub.demonstration.shown import shown_districts

FILE = "workbench-password"
PEOPLE = (
    ("kysu", "Lê Thị Kỹ Sư", "engineer", ""),
    ("kiemtra", "Trần Văn Kiểm Tra", "auditor", ""),
    ("kiemtra2", "Phạm Thị Thứ Hai", "auditor", ""),
    ("quan1", "Nguyễn Văn Quận Một", "clerk", "asked"),
    ("quan3", "Võ Thị Quận Ba", "clerk", "held"),
    ("phapche", "Đỗ Thị Pháp Chế", "jurist", ""),
    ("lanhdao", "Hoàng Văn Lãnh Đạo", "leader", ""),
    ("quantri", "Bùi Thị Quản Trị", "administrator", ""),
)
"""Login, name, role, and of a clerk whose unit's system of the shown ones (`ShownDistricts`)."""


def signed_in_as(hub: Hub) -> str:
    """How to sign in to a scenario's workbench; the accounts are added at its first start."""
    if hub.scenario.as_of is None:
        return "hub accounts add lets a person in"
    file = hub.scenario.folder / FILE
    write_once(file, secrets.token_urlsafe(12))
    password = file.read_text(encoding="utf-8").strip()
    with hub.engine.begin() as connection:
        there = {row["login"] for row in store.listed(connection)}
        shown, names = shown_districts(hub), list[str]()
        for login, name, role, whose in PEOPLE:
            unit = (hub.deployment.systems[getattr(shown, whose)].unit or "") if whose and shown else ""
            if whose and not unit:
                continue
            names.append(login)
            if login not in there:
                person = Actor("hub", "an account of the scenario")
                store.add(connection, login, name, role, unit, person, hub.scenario.now(), password=password)
    return f"users {', '.join(names)}; password {password}"
