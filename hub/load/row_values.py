"""The columns of a warehouse row, each with its value from the row of a stage table."""

from __future__ import annotations

from contracts.model import Dataset, Kind
from hub.core.database import identifier
from hub.load.warehouse import lookup_column

CASTS = {
    Kind.TEXT: "",
    Kind.PARTIAL_DATE: "",
    Kind.INTEGER: "::bigint",
    Kind.DECIMAL: "::numeric",
    Kind.TIMESTAMP: "::timestamptz",
}
"""SQL cast from the canonical text to the warehouse value, by kind of field."""


def row_values(dataset: Dataset) -> dict[str, str]:
    """Warehouse column -> its value (SQL) from a stage row `s`; `:system`, `:now` and `:serial` are the merge's own."""
    values = {
        "_system": ":system",
        "_key": "s._key",
        "_version": "s._version",
        "_hash": "s._hash",
        "_known_from": ":now",
        "_batch": ":serial",
        "_landing": "s._landing",
        "_row": "s._row",
    }
    if dataset.parent:
        values["_parent"] = "s._parent"
    for field in dataset.fields:
        cast = "" if field.classification.encrypted else CASTS[field.kind]
        # The change time was parsed when the stage was filled: parsing it again costs as much as an index entry.
        column = identifier(field.column)  # a wire may call a field `order` or `from`
        values[column] = "s._version" if field.name == dataset.version_field else f"s.{column}{cast}"
        if field.identity:
            lookup = identifier(lookup_column(field))
            values[lookup] = f"s.{lookup}"
    return values
