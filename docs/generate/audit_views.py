"""The views for auditors, from their comments."""

from __future__ import annotations

from collections.abc import Iterator

from docs.generate.text import item
from hub.access.auditing.views import View, views


def in_english() -> Iterator[str]:
    """Each view with its columns."""
    for view in views():
        yield from _part(view, view.english, f"Of: {_owner(view) or 'the whole city'}.")
        for column in view.columns:
            yield from item(f"`{column.name}`: {column.english}")
        yield ""


def in_vietnamese() -> Iterator[str]:
    """The same in Vietnamese."""
    for view in views():
        yield from _part(view, view.vietnamese, f"Thuộc: {_owner(view) or 'toàn thành phố'}.")
        for column in view.columns:
            yield from item(f"`{column.name}`: {column.vietnamese}")
        yield ""


def _part(view: View, meaning: str, owner: str) -> Iterator[str]:
    yield from (f"## audit.{view.name}", "", f"{meaning}. {owner}", "")


def _owner(view: View) -> str:
    """The column that a row is restricted by."""
    return view.of.rpartition(".")[2]
