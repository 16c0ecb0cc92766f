"""What ships: systems, streams and lists, found by name."""

from __future__ import annotations

import pytest

from contracts.load import load_contracts
from hub.core.deployment import load_deployment
from hub.core.errors import NotFound

from .spoilt import HCMC


def test_shipped_deployment_has_the_systems_of_2022() -> None:
    """22 one-stop systems of one stream each, the registry, digitised books as files and as a store, e-identification, two portals, the population database that is only asked."""
    deployment = load_deployment(HCMC, frozenset(load_contracts()))

    assert len(deployment.systems) == 29
    assert len(deployment.streams) == 40
    assert sorted(s.id for s in deployment.streams.values() if s.system.id == "moj-registry") == [
        "moj-registry.birth",
        "moj-registry.death",
        "moj-registry.marriage",
        "moj-registry.recognition",
    ]


def test_every_code_list_of_a_contract_is_in_the_deployment() -> None:
    """A rule that looks up a list finds it."""
    lists = load_deployment(HCMC).code_lists()
    wanted = {
        r.arguments["list"]
        for c in load_contracts().values()
        for d in c.datasets
        for r in d.rules
        if r.kind == "code_list"
    }

    assert wanted <= set(lists)
    assert all(lists[name] for name in wanted)


def test_unknown_stream_names_its_neighbours() -> None:
    """A wrong name on the command line is answered with the right ones."""
    with pytest.raises(NotFound, match=r"one-stop-760\.dossier"):
        load_deployment(HCMC).stream("one-stop-76")


def test_stream_by_its_system_alone() -> None:
    """A system with one stream needs no dot."""
    assert load_deployment(HCMC).stream("one-stop-760").id == "one-stop-760.dossier"
