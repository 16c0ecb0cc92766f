"""The Estonian population register's WSDL of the shared data, with a map of its imports: made in a test's own folder."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "shared" / "data"
IMPORTS = {
    "http://x-road.eu/xsd/xroad.xsd": "xroad.xsd",
    "http://x-road.eu/xsd/xml.xsd": "xml.xsd",
    "http://x-road.eu/xsd/identifiers.xsd": "identifiers.xsd",
    "https://schemas.xmlsoap.org/soap/encoding/": "soap-enc.xsd",
}
needs_shared = pytest.mark.skipif(
    not SHARED.exists(),
    reason="no shared data beside the checkout: a WSDL and messages that nobody here drew are not tried",
)


def mapped(folder: Path, name: str, imports: dict[str, str]) -> Path:
    """A WSDL of the shared data in a folder, its imports mapped to the files beside it."""
    for each in (name, *imports.values()):
        shutil.copy(SHARED / "wsdl" / each, folder / each)
    lines = (
        f'"{a}": {{file: {f}, sha256: {hashlib.sha256((folder / f).read_bytes()).hexdigest()}}}\n'
        for a, f in imports.items()
    )
    (folder / name).with_suffix(".imports.yaml").write_text("".join(lines), encoding="utf-8")
    return folder / name


def population_register(folder: Path) -> Path:
    return mapped(folder, "estonia_population_register_rr.wsdl", IMPORTS)
