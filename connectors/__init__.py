"""Connectors to outside systems: one interface, one error tree, one file for each dialect.

A new dialect is one module in `connectors/systems/` with a function `source(system, contract)`, `registry(system)`,
`sink(system)` or `record_sink(system, service)`. `connectors/testing/conformance.py` and `sink_conformance.py` list what it must withstand.

    systems -> dumps | workbooks | wsdl -> files | soap | sql -> rest -> xml | http -> outgoing -> what all share

Each room below `systems` knows one way of speaking, and no system. A room imports from rooms at its right only.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from contracts.errors import DeploymentInvalid
from contracts.model import Contract

from . import systems
from .interface import (
    Enquiry,
    Fingerprint,
    Matched,
    Page,
    Position,
    Probe,
    Registry,
    Source,
    System,
    Window,
)
from .outgoing.records import OutgoingRecord, RecordHeld, RecordReply, RecordSink
from .outgoing.sink import Parcel, ReceiverHolds, Sink, SinkReply

__all__ = [
    "Enquiry",
    "Fingerprint",
    "Matched",
    "OutgoingRecord",
    "Page",
    "Parcel",
    "Position",
    "Probe",
    "ReceiverHolds",
    "RecordHeld",
    "RecordReply",
    "RecordSink",
    "Registry",
    "Sink",
    "SinkReply",
    "Source",
    "System",
    "Window",
    "dialects",
    "open_record_sink",
    "open_registry",
    "open_sink",
    "open_source",
    "open_unread",
]


def dialects() -> tuple[str, ...]:
    """Names of the known dialects."""
    return tuple(sorted(each.name for each in iter_modules(systems.__path__) if not each.name.startswith("_")))


def open_source(system: System, contract: Contract) -> Source:
    """A Source of the contract's records from a system. It makes no network call yet.

    Raises:
        DeploymentInvalid: an unknown dialect, or options and credentials that cannot work.
        ContractInvalid: contract and dialect have different fields.
    """
    module = _module(system)
    if not hasattr(module, "source"):
        raise DeploymentInvalid(
            f"{system.id}: the dialect {system.dialect} is asked, not read", hint="leave its contracts empty"
        )
    opened: Source = module.source(system, contract)
    return opened


def open_registry(system: System) -> Registry:
    """A Registry that answers questions. It makes no network call yet. Raises DeploymentInvalid, as `open_source`."""
    module = _module(system)
    if not hasattr(module, "registry"):
        raise DeploymentInvalid(
            f"{system.id}: the dialect {system.dialect} is read, not asked",
            hint="name what is read of it in its contracts",
        )
    opened: Registry = module.registry(system)
    return opened


def open_sink(system: System) -> Sink:
    """A Sink that takes deliveries. It makes no network call yet. Raises DeploymentInvalid, as `open_source`."""
    module = _module(system)
    if not hasattr(module, "sink"):
        raise DeploymentInvalid(
            f"{system.id}: the dialect {system.dialect} takes no deliveries",
            hint="a feed is pushed to a system of a dialect like delivery_push",
        )
    opened: Sink = module.sink(system)
    return opened


def open_record_sink(system: System, service: str) -> RecordSink:
    """A RecordSink of one service of a system. It makes no network call yet. Raises DeploymentInvalid, as `open_source`."""
    module = _module(system)
    if not hasattr(module, "record_sink"):
        raise DeploymentInvalid(
            f"{system.id}: the dialect {system.dialect} takes no records",
            hint="records are submitted to a system of a dialect like national_portal",
        )
    opened: RecordSink = module.record_sink(system, service)
    return opened


def open_unread(system: System) -> Registry | Sink:
    """A system without contracts, which is asked or takes deliveries. Raises DeploymentInvalid, as `open_source`."""
    return open_sink(system) if hasattr(_module(system), "sink") else open_registry(system)


def _module(system: System) -> ModuleType:
    known = dialects()
    if system.dialect not in known:
        raise DeploymentInvalid(f"{system.id}: no such dialect: {system.dialect}", hint=f"known: {', '.join(known)}")
    return import_module(f"{systems.__name__}.{system.dialect}")
