"""The files that stand for the imports of a WSDL, found by location as it is written or as it resolves."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin

from contracts.errors import DeploymentInvalid
from contracts.yaml.lines import read_located

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
"""Begins an address. A single letter before the colon is a drive of Windows."""
_OUTSIDE = "http://wsdl.invalid/"
"""A base that no address can have (RFC 2606)."""


class Pins:
    """One map of imports."""

    def __init__(self, chart: Path) -> None:
        """An absent map pins nothing.

        Raises:
            DeploymentInvalid: names the line: no map, no such file, or not the file that is pinned.
            ContractInvalid: it is no YAML.
        """
        self.chart = chart
        self._files = _read_map(chart) if chart.is_file() else {}
        self._by_form = {form: address for address in reversed(self._files) for form in (_form(address),)}

    def of_location(self, base: str, location: str, taken: Collection[str]) -> tuple[str, Path] | None:
        """Address and file of what a document at `base` imports; None: it is not pinned.

        The way it resolves is looked for first. As written it is only taken where nothing else has that address:
        two folders may each have a `types.xsd`.
        """
        resolved = self.resolved(base, location)
        for form in self._forms(base, location):
            if form in self._by_form and (form == _form(resolved) or form not in taken):
                return resolved, self._files[self._by_form[form]]
        return None

    def of_namespace(self, namespace: str) -> tuple[str, Path] | None:
        """Address and file of an import without location."""
        return (namespace, self._files[namespace]) if namespace in self._files else None

    def resolved(self, base: str, location: str) -> str:
        """The address of a location: absolute, or a path from the folder of the WSDL."""
        written = location.replace("\\", "/")
        if _ADDRESS.match(written):
            return written
        if "://" in base:
            return urljoin(base, written)
        base = "" if _ADDRESS.match(base) else base  # the name of a namespace, which is no place
        return posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(written)))

    def _forms(self, base: str, location: str) -> Iterator[str]:
        yield _form(self.resolved(base, location))
        yield _form(location)
        # A path upwards, counted from an address that has nothing above it.
        yield _form(urljoin(urljoin(_OUTSIDE, base), location.replace("\\", "/")).removeprefix(_OUTSIDE))


def is_beside(address: str) -> bool:
    """Whether an address is a path below the folder of the WSDL."""
    return not _ADDRESS.match(address) and not address.startswith(("..", "/")) and address[1:2] != ":"


def _form(address: str) -> str:
    """An address in the form in which two are compared."""
    plain = unquote(address.strip().replace("\\", "/"))
    return plain if _ADDRESS.match(plain) else posixpath.normpath(plain)


def _read_map(chart: Path) -> dict[str, Path]:
    """Address -> file, each as it is pinned."""
    file, found = read_located(chart), {}
    hint = "one line an address:  address: {file: name, sha256: what sha256sum prints}"
    if not isinstance(file.data, dict):
        raise DeploymentInvalid(f"{chart}:1: not a map of imports", hint=hint)
    for address, entry in file.data.items():
        where = f"{chart}:{file.line((address,))}"
        if (
            not isinstance(entry, dict)
            or set(entry) != {"file", "sha256"}
            or not all(isinstance(value, str) for value in entry.values())
        ):
            raise DeploymentInvalid(f"{where}: {address} has no file and sha256", hint=hint)
        path = chart.parent / entry["file"].replace("\\", "/")
        if not path.is_file():
            raise DeploymentInvalid(f"{where}: no such file: {path}", hint="put it there, or mend its name")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != entry["sha256"]:
            raise DeploymentInvalid(
                f"{where}: {path} is not the file that is pinned (it has {digest})",
                hint="read what changed in it, then pin it anew",
            )
        found[str(address)] = path
    return found
