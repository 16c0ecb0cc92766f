"""A question about a person of the twins, for somebody who tries the hub: who files a paper that another district issued."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from contracts.errors import DeploymentInvalid
from hub.access.grants.agencies import read_agencies
from hub.access.grants.load import read_grants
from hub.app import Hub
from hub.core.errors import NotFound
from hub.evidence.registers import RESULT
from hub.requirements.catalogue import Requirement, read_requirements

TWINS = ("{twins}", "{twins_files}", "{twins_store}", "{data}", "{reference}")
"""Addresses of a system without real people."""


def question_about_a_twin(hub: Hub, procedure: str) -> Mapping[str, Any]:
    """A question for `hub decisions ask`: a person who holds a result that the procedure demands, asked about by an
    agency of another district.

    Raises:
        DeploymentInvalid: a system of the deployment is no twin: numbers of real people are printed by nobody.
        NotFound: no such procedure, or nobody holds such a result.
    """
    if real := [each.id for each in hub.deployment.read.values() if not each.address.startswith(TWINS)]:
        raise DeploymentInvalid(
            f"{real[0]} is no twin: a question about a real person is not made up", hint="write it as the dossier says"
        )
    demanded = [
        r for r in read_requirements(hub.deployment.folder).get(procedure, ()) if r.evidence_type.startswith(RESULT)
    ]
    if not demanded:
        raise NotFound(f"Procedure {procedure} demands no result", hint="requirements.csv: evidence_type result:KQ...")
    for requirement in demanded:
        for system, number, name in _owners(hub, requirement):
            if (agency := _another(hub, system)) is not None:
                return {
                    "agency": agency,
                    "dossier": f"{agency}-{hub.deployment.as_of:%y%m%d}-0001",
                    "procedure": procedure,
                    "purpose": _purpose(hub, agency),
                    "people": {str(requirement.about): {"personal_id": number, "name": name}},
                }
    raise NotFound(
        f"Nobody holds what procedure {procedure} demands", hint="hub sync --all; more HUB_DOSSIERS make more people"
    )


def _owners(hub: Hub, requirement: Requirement) -> list[tuple[str, str, str]]:
    """(System, personal number, name) of people who received such a result, the newest first."""
    query = sa.text("""
        select p._system, d.dinh_danh_chs_cccd, d.chu_ho_so
        from warehouse.dossier_result p join warehouse.dossier d on d._system = p._system and d._key = p._parent
        where p.ma_giay_to_ket_qua = :code and d.dinh_danh_chs_cccd ~ '^[0-9]{12}$' and d.loai_doi_tuong = '1'
          and not p._disputed and not d._disputed
        order by p.ngay_cap desc nulls last, p._key limit 50""")
    with hub.engine.connect() as connection:
        found = connection.execute(query, {"code": requirement.evidence_type.removeprefix(RESULT)})
        return [(row[0], row[1], row[2]) for row in found]


def _another(hub: Hub, system: str) -> str | None:
    """An agency that holds a grant and serves another unit than the system."""
    unit = hub.deployment.systems[system].unit
    agencies = read_agencies(hub.deployment.folder)
    granted = dict.fromkeys(grant.agency for grant in read_grants(hub.deployment.folder, hub.contracts).all)
    return next((code for code in granted if agencies[code].unit not in ("", unit)), None)


def _purpose(hub: Hub, agency: str) -> str:
    grants = read_grants(hub.deployment.folder, hub.contracts).all
    return next(grant.purpose for grant in grants if grant.agency == agency)
