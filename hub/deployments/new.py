"""A new deployment: a folder that runs on twins at once, and that people then fill with what is theirs.

national units, lists of another deployment ──> reference/
two districts ──> systems/, agencies, purposes, grants, one requirement that a result of the other district answers
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from contracts.errors import DeploymentInvalid
from contracts.identifiers import DEPLOYMENT
from hub.deployments import new_texts
from hub.deployments.new_units import UnitRow, units_of
from hub.deployments.schemas import FOLDER, files_of, first_line, schemas_beside, write_schemas
from hub.requirements.catalogue import ReviewState, read_requirements
from hub.requirements.papers import fingerprint_of
from hub.requirements.review import RequirementReview, settle

LISTS = ("countries.csv", "ethnic_groups.csv", "legal_bases.csv", "procedures.csv", "provinces.csv")
"""Lists that are the same in every province."""
PROCEDURE = "1.000894"
"""The sample's procedure: registration of a marriage, which demands the confirmation of single status."""
SAMPLE = fingerprint_of("Giấy xác nhận tình trạng hôn nhân")
_UNITS = ("code", "level", "name", "parent_code", "valid_from", "valid_to", "territory", "basis", "source")
_CONVERSIONS = ("old_code", "old_level", "old_valid_to", "new_code", "new_valid_from", "kind", "is_default", "source")
_AGENCIES = (
    "code", "name", "unit_code", "level", "valid_from", "valid_to", "registers", "synthetic", "reason", "source",
)  # fmt: skip


@dataclass(frozen=True)
class NewDeployment:
    """What a new deployment is made of."""

    name: str
    title: str
    units: tuple[UnitRow, ...]
    agency: str
    """Last part of the agencies' identity codes."""

    @property
    def invented(self) -> bool:
        """Whether its units are made up: the national list does not have the province."""
        return self.units[0].basis == "synthetic"

    @property
    def districts(self) -> tuple[UnitRow, ...]:
        """Its districts, by code."""
        return tuple(unit for unit in self.units if unit.level == "district")

    def code_of(self, district: UnitRow) -> str:
        """Identity code of a district's agency: made up, as the true list is not public."""
        return f"000.00.{self.districts.index(district) + 16:02d}.{self.agency}"


def plan(name: str, *, province: str, agency: str, title: str = "") -> NewDeployment:
    """A deployment to be written.

    Raises:
        DeploymentInvalid: a name, code or suffix that none may have.
    """
    if what := DEPLOYMENT.fault(name):
        raise DeploymentInvalid(f"{what}: {name!r}", hint=DEPLOYMENT.hint)
    if not (len(province) == 2 and province.isdigit()):
        raise DeploymentInvalid(f"{province!r} is no code of a province", hint="two digits: --province 97")
    if not (len(agency) == 3 and agency[0].isupper() and agency[1:].isdigit() and agency.isascii()):
        raise DeploymentInvalid(f"{agency!r} is no code of a province's agencies", hint="as in H99: --agency H99")
    units = units_of(province, title or f"Tỉnh {name.replace('-', ' ').title()}")
    return NewDeployment(name, title or units[0].name, units, agency)


def write(new: NewDeployment, folder: Path, lists_of: Path) -> tuple[Path, ...]:
    """Write the files; returns their paths. `lists_of` is a deployment whose national lists are copied.

    Raises:
        DeploymentInvalid: the folder exists, or a list to copy does not.
    """
    if folder.exists():
        raise DeploymentInvalid(f"{folder} exists already", hint="take another name, or move it away")
    for name in LISTS:
        if not (lists_of / "reference" / name).is_file():
            raise DeploymentInvalid(
                f"{lists_of / 'reference' / name} is not there", hint="name a deployment with it by --from"
            )
    (folder / "reference").mkdir(parents=True)
    for name in LISTS:
        shutil.copy(lists_of / "reference" / name, folder / "reference" / name)
    for name, text in _texts(new).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    schemas = schemas_beside(folder)
    if schemas is None:
        write_schemas(schemas := folder / FOLDER)
    for path, kind in files_of(folder):
        path.write_text(first_line(path, kind, schemas) + path.read_text(encoding="utf-8"), encoding="utf-8")
    _review_sample(folder)
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file()))


def _review_sample(folder: Path) -> None:
    """A review of the sample's requirement, marked synthetic: it counts in a scenario, and never on the real day."""
    (sample,) = read_requirements(folder)[PROCEDURE]
    made = RequirementReview(
        sample.id, sample.fingerprint, sample.group, ReviewState.CONFIRMED, "Người rà soát giả định",
        "00/QĐ-GIẢ-ĐỊNH", "47/2020/NĐ-CP@2020-05-25", date(2022, 6, 1), synthetic=True,
    )  # fmt: skip
    settle(folder, [sample], made)


def _texts(new: NewDeployment) -> Mapping[str, str]:
    head = {"name": new.name, "title": new.title, "province": new.units[0].code}
    two = new.districts[:2]
    systems = {
        f"systems/one-stop-{unit.code}.yaml": new_texts.SYSTEM.substitute(
            id=f"one-stop-{unit.code}", unit=unit.code, unit_name=unit.name
        )
        for unit in two
    }
    return {
        "deployment.yaml": new_texts.DEPLOYMENT.substitute(head),
        "twins.yaml": new_texts.TWINS.substitute(head),
        "purposes.yaml": new_texts.PURPOSES,
        "grants.yaml": new_texts.GRANTS.substitute(agencies=", ".join(new.code_of(unit) for unit in two)),
        "book_keepers.yaml": new_texts.KEEPERS.substitute(head),
        "requirements.csv": new_texts.REQUIREMENTS.replace("$procedure", PROCEDURE).replace("$fingerprint", SAMPLE),
        "contracts/household_business.odcs.yaml": new_texts.CONTRACT.substitute(),
        "reference/units.csv": _csv(_UNITS, (unit.row for unit in new.units)),
        "reference/unit_conversions.csv": _csv(_CONVERSIONS, ()),
        "reference/agencies.csv": _csv(_AGENCIES, _agencies(new)),
        **systems,
    }


def _agencies(new: NewDeployment) -> Iterable[Mapping[str, str]]:
    made = {
        "valid_from": "2021-01-01",
        "synthetic": "true",
        "reason": "Mã do hub deployment new đặt theo dạng QCVN 102:2016/BTTTT; thay bằng mã thật",
        "source": "hub deployment new",
    }
    top = new.units[0]
    yield {
        "code": f"000.00.15.{new.agency}", "name": f"Sở Tư pháp {new.title}", "unit_code": top.code,
        "level": "province", "valid_to": "", "registers": "true", **made,
    }  # fmt: skip
    for unit in new.districts:
        yield {
            "code": new.code_of(unit), "name": f"Ủy ban nhân dân {unit.name}", "unit_code": unit.code,
            "level": "district", "valid_to": "2025-06-30", "registers": "true", **made,
        }  # fmt: skip


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
