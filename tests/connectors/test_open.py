"""Opening a source: what cannot work is told at the start, by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import connectors
from connectors import System, open_source
from contracts.errors import ContractInvalid, DeploymentInvalid, Permanent
from contracts.load import load_contracts
from contracts.model import Contract
from hub.local.local_keys import signing_files

SYSTEMS = Path(__file__).parents[2] / "deployments" / "hcmc" / "systems"


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    """As shipped."""
    return load_contracts()


def test_public_names() -> None:
    """What the package offers is a decision, not an accident."""
    assert connectors.__all__ == [
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
    assert {"book_files", "moj_registry", "one_stop", "table_files"} <= set(connectors.dialects())
    assert not any(name.startswith("_") for name in connectors.dialects())


def test_an_unknown_dialect(one_stop: Any) -> None:
    """The error lists the dialects that are known."""
    system = replace(one_stop.system(one_stop.address), dialect="one-stop")

    with pytest.raises(Permanent, match=r"known: .*moj_registry, .*one_stop"):
        open_source(system, one_stop.contract)


@pytest.mark.parametrize("path", sorted(SYSTEMS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_system_opens(
    path: Path, contracts: dict[str, Contract], credentials: dict[str, str], tmp_path: Path
) -> None:
    """Contracts, dialects, options and pinned files of the deployment agree."""
    entry = yaml.safe_load(path.read_text())
    given = credentials | signing_files(tmp_path, entry["system"])

    for name in entry["contracts"]:
        address = (
            entry["address"]
            .replace("{twins}", "http://127.0.0.1:9")
            .replace("{twins_files}", "file:///nowhere")
            .replace("{twins_store}", "postgresql://127.0.0.1:9/store")
        )
        system = System(
            entry["system"], entry["title"], entry["dialect"], address, given, entry.get("options", {}), path.parent
        )
        open_source(system, contracts[name]).close()


def test_fields_that_only_one_side_knows(one_stop: Any) -> None:
    """A field of the contract that the dialect does not know, and the other way round, are both named."""
    first, *rest = one_stop.contract.datasets
    dropped, *kept = first.fields
    renamed = replace(first, fields=(*kept[:-1], replace(kept[-1], name="TenMoi")))
    contract = replace(one_stop.contract, datasets=(renamed, *rest[1:]))

    with pytest.raises(ContractInvalid) as raised:
        open_source(one_stop.system(one_stop.address), contract)

    message = str(raised.value)
    assert all(
        part in message
        for part in (
            "dossier: unknown to the dialect: TenMoi",
            dropped.name,
            kept[-1].name,
            f"dataset {rest[0].name}: not in the contract",
        )
    )


def test_a_misspelt_option(one_stop: Any) -> None:
    """An option that nobody reads would be obeyed by nobody."""
    with pytest.raises(DeploymentInvalid, match="knows no option pagesize") as raised:
        one_stop.open(pagesize=100)
    assert "page_size" in raised.value.hint


@pytest.mark.parametrize("size", [0, 1001, "500", True, 2.5])
def test_page_sizes(one_stop: Any, size: object) -> None:
    """From one to the thousand that the systems allow."""
    with pytest.raises(DeploymentInvalid, match="page_size"):
        one_stop.open(page_size=size)


def test_a_missing_credential(one_stop: Any, credentials: dict[str, str]) -> None:
    """The error names the secret and never shows another one."""
    fewer = {name: value for name, value in credentials.items() if name != "client_secret"}

    with pytest.raises(DeploymentInvalid, match="client_secret is missing") as raised:
        open_source(replace(one_stop.system(one_stop.address), credentials=fewer), one_stop.contract)
    assert not any(value in str(raised.value) for value in fewer.values())


def test_a_register_nobody_keeps(registry: Any) -> None:
    """The registry has four registers, and says which."""
    with pytest.raises(DeploymentInvalid, match="known: birth, death, marriage, recognition"):
        open_source(registry.system(registry.address), replace(registry.contract, name="divorce"))


@pytest.mark.parametrize(
    ("option", "value"),
    [("first_day", "1 June"), ("maTinh", None), ("wsdl", "moj-registry/other.wsdl"), ("xsd_sha256", None)],
)
def test_options_of_the_registry(registry: Any, option: str, value: object) -> None:
    """Each option is checked when the source is opened, and named when it is wrong."""
    with pytest.raises(DeploymentInvalid, match=option):
        registry.open(**{option: value})
