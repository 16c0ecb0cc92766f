"""From a field's name on the wire to its column: `nksHoTen` -> `nks_ho_ten`, `MaTTHC` -> `ma_tthc`."""

from __future__ import annotations

import re

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# A proper name whose own humps are no word borders: the national e-identity application.
_ONE_WORD = {"VNeID": "Vneid"}


def column_of(name: str) -> str:
    """The snake_case column of a field; abbreviations stay one word (`DSKetNoiCSDL` -> `ds_ket_noi_csdl`)."""
    for proper, plain in _ONE_WORD.items():
        name = name.replace(proper, plain)
    return _HUMP.sub("_", name).replace("__", "_").lower()
