"""The conformance suite of a Source: checks against a correct system, and against a faulty one.

A `Target` is any correct system of the dialect that does not change during the checks (a twin, a test endpoint of the
real system), with enough records for two pages. The checks read it directly, then through a proxy that damages its
replies in one way after another. The tests run them for every dialect. Against a test endpoint:

    for check in checks_for(target):
        check.run(target)      # raises Unmet
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .fault_checks import becomes, costs_one
from .fault_scripts.http import HTTP_FAULTS
from .fault_scripts.json_envelope import E_IDENTIFICATION_FAULTS, ONE_STOP_FAULTS, PORTAL_FAULTS
from .fault_scripts.json_listing import (
    KEYSET_LISTING_FAULTS,
    LINKED_LISTING_FAULTS,
    LISTING_FAULTS,
    listing_record_faults,
)
from .fault_scripts.one_record import (
    RecordFault,
    dossier_faults,
    json_record_faults,
    registry_json_faults,
    registry_xml_faults,
)
from .fault_scripts.registry_rest import REST_JSON_FAULTS, REST_XML_FAULTS
from .fault_scripts.registry_soap import SOAP_FAULTS
from .fault_scripts.wsdl import WSDL_FAULTS
from .plain_checks import PLAIN
from .recoveries import RECOVERIES
from .target import Check, Target, Unmet

__all__ = ["DIALECT_FAULTS", "PLAIN", "RECORD_FAULTS", "RECOVERIES", "Check", "Target", "Unmet", "checks_for"]

DIALECT_FAULTS = {
    "one_stop": ONE_STOP_FAULTS,
    "moj_registry": SOAP_FAULTS,
    "e_identification": E_IDENTIFICATION_FAULTS,
    "national_portal": PORTAL_FAULTS,
    "wsdl_operation": WSDL_FAULTS,
    "moj_registry_rest": REST_XML_FAULTS,
    "moj_registry_rest as JSON": REST_JSON_FAULTS,
    "json_listing by page": LISTING_FAULTS,
    "json_listing by offset": LISTING_FAULTS,
    "json_listing by keyset": KEYSET_LISTING_FAULTS,
    "json_listing by link": LINKED_LISTING_FAULTS,
}
"""Known faults of a dialect, or of a form of its records, beyond those of HTTP."""

RECORD_FAULTS: Mapping[str, tuple[RecordFault, ...]] = {
    "one_stop": dossier_faults(),
    "national_portal": dossier_faults(),
    "e_identification": json_record_faults("result", "maSuKien"),
    "moj_registry_rest": registry_xml_faults(),
    "moj_registry_rest as JSON": registry_json_faults(),
    "json_listing by page": listing_record_faults(),
    "json_listing by offset": listing_record_faults(),
}
"""Damages of one record, each of which costs that record alone, by dialect."""


def checks_for(target: Target) -> Iterator[Check]:
    """Every check that applies, plain ones first."""
    yield from PLAIN
    for fault in (*HTTP_FAULTS, *target.faults):
        yield Check(fault.name, lambda target, fault=fault: becomes(target, fault))  # type: ignore[misc]  # a default binds it now
    for damage in target.record_faults:
        yield Check(damage.name, lambda target, damage=damage: costs_one(target, damage))  # type: ignore[misc]  # as above
    yield from RECOVERIES
