"""The map of fields of a draft: where each stands in a record, and what the schema says where it does not."""

from __future__ import annotations

from collections.abc import Sequence

from .texts import Drafted, quoted


def map_text(contract: str, fields: Sequence[Drafted]) -> str:
    """The map of fields (`connectors/mapping.py`)."""
    lines = "".join(f"  {each.name}: {quoted(each.path)}{_default(each)}\n" for each in fields)
    comment = (
        "# Field of the contract: path in the record; with / before it from the top of the reply; null: not available."
    )
    return f"{comment}\ncontract: {contract}\nfields:\n{lines}"


def _default(field: Drafted) -> str:
    """What the schema says for a text that is not there, as a comment."""
    default = field.node.text.default if field.node.text else None
    if default is None:
        return ""
    place = "absent" if field.node.name.startswith("@") else "empty"
    return f"  # {place}, it is {quoted(default)} by the schema"
