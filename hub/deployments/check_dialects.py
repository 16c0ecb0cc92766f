"""Each system opened with its dialect, as a reading opens it: unknown dialects and options show, and nothing is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import connectors
from connectors.errors import CredentialMissing
from connectors.interface import System
from contracts.deployment.files import SystemFile
from contracts.errors import Permanent
from contracts.model import Contract
from contracts.yaml.models import Document
from hub.deployments.check_systems import Systems
from hub.deployments.faults import FaultList

_ADDRESSES = {
    "{twins_files}": "file:///nowhere",
    "{twins_store}": "postgresql://127.0.0.1:1/nothing",
    "{twins}": "http://127.0.0.1:1",
    "{reference}": "file:///nowhere",
    "{data}": "file:///nowhere",
}


class _AnyLogin(Mapping[str, str]):
    """Credentials of which only the names count; those that name files are not there."""

    def __getitem__(self, name: str) -> str:
        if name.endswith("_file") or name == "private_key":
            raise KeyError(name)
        return "unknown"

    def __contains__(self, name: object) -> bool:
        return not str(name).endswith("_file") and name != "private_key"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def check_dialects(systems: Systems, contracts: Mapping[str, Contract], faults: FaultList) -> None:
    """FaultList of dialects, options, maps and addresses."""
    for document in systems.values():
        system = document.value
        if system.dialect not in connectors.dialects():
            hint = f"known are {', '.join(connectors.dialects())}"
            faults.add_error(document.wrong(("dialect",), f"no dialect {system.dialect}", hint=hint))
            continue
        try:
            _open(document, contracts)
        except CredentialMissing:
            pass  # a file of a key, which stands in the secrets and not in the deployment
        except Permanent as error:
            plain = error.message.removeprefix(f"{system.id}: ")
            where = plain == error.message  # then it says where by itself
            faults.add_error(error if where else document.wrong(("options",), plain, hint=error.hint))


def _open(document: Document[SystemFile], contracts: Mapping[str, Contract]) -> None:
    described = document.value
    system = System(
        id=described.id,
        title=described.title,
        dialect=described.dialect,
        address=_address(described.address),
        credentials=_AnyLogin(),
        options=described.options,
        folder=Path(document.file.path).parent,
        overlap=described.overlap,
        file=document.file,
    )
    for name in described.contracts:
        if name in contracts:
            connectors.open_source(system, contracts[name]).close()
    if not described.contracts:
        connectors.open_unread(system).close()


def _address(written: str) -> str:
    for name, stands_for in _ADDRESSES.items():
        written = written.replace(name, stands_for)
    return written
