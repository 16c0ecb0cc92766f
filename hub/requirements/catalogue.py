"""The demanded papers of each procedure, as the deployment's `requirements.csv` has them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import DeploymentInvalid

ANSWERS = ("register", "result", "population", "none")
ABOUT = ("applicant", "child", "mother", "father", "spouse", "deceased", "other")


@dataclass(frozen=True)
class Requirement:
    """A paper (thành phần hồ sơ) that a procedure demands, and what may answer it."""

    procedure: str
    """MaTTHC."""
    requirement: str
    """The row's own code (MaThanhPhanHoSo), or procedure and ordinal where it has none."""
    name: str
    copies: int
    answer: str
    """register, result, population or none."""
    evidence_type: str
    """`register:birth` ..., `result:<code>`, `population`, or empty."""
    about: str
    """Whose paper it is."""
    territory: str
    max_age_days: int | None
    validity: str
    legal_basis: str
    rule: str
    reviewed: bool


def read_requirements(folder: Path) -> dict[str, tuple[Requirement, ...]]:
    """Procedure -> its requirements, in the file's order.

    Raises:
        DeploymentInvalid: names file and line, what is wrong and what is known.
    """
    path, found = folder / "requirements.csv", dict[str, list[Requirement]]()
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for line, row in enumerate(csv.DictReader(file), 2):
                each = _requirement(row, f"{path.name}:{line}")
                found.setdefault(each.procedure, []).append(each)
    except FileNotFoundError:
        raise DeploymentInvalid(f"{path.parent.name}/{path.name} does not exist", hint="hub requirements map proposes its rows") from None
    return {procedure: tuple(rows) for procedure, rows in found.items()}


def _requirement(row: dict[str, str], at: str) -> Requirement:
    try:
        made = Requirement(
            row["procedure"], row["requirement"], row["name"], int(row["copies"] or 0), row["answer"], row["evidence_type"], row["about"], row["territory"],
            int(row["max_age_days"]) if row["max_age_days"] else None, row["validity"], row["legal_basis"], row["rule"], row["reviewed"] == "true",
        )  # fmt: skip
    except (KeyError, TypeError) as error:
        raise DeploymentInvalid(f"{at}: column {error} is missing", hint="the columns stand in contracts/reference/requirements.odcs.yaml") from None
    except ValueError as error:
        raise DeploymentInvalid(f"{at}: {error}", hint="copies and max_age_days are whole numbers") from None
    for what, value, known in (("answer", made.answer, ANSWERS), ("about", made.about, ABOUT), ("territory", made.territory, ("city", "any"))):
        if value not in known:
            raise DeploymentInvalid(f"{at}: {what} {value!r} is unknown", hint=f"known are {', '.join(known)}")
    if (made.answer in ("register", "result")) != made.evidence_type.startswith(("register:", "result:")):
        raise DeploymentInvalid(f"{at}: answer {made.answer} and evidence type {made.evidence_type!r} do not fit")
    return made
