"""Drafts of copies of extract, from anywhere in the city, numbered in the register of issued copies.

Anyone may ask any agency that manages the civil-registry database, whatever the place of residence (Luật Hộ tịch
Art. 63). A draft needs the signature of an official. A second request for one dossier gives the same copy and number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contracts.errors import Permanent
from contracts.local_time import LOCAL
from contracts.model import Contract
from hub.answers.extracts.extract_layout import Sheet, fields, sheet
from hub.core.errors import NotFound
from hub.core.units import Units
from hub.evidence import doubts
from hub.evidence.doubts import NotedFinding
from hub.evidence.evidence import Evidence, row_of
from hub.evidence.registers import register_of

HERE = Path(__file__).parent
MARKS = {
    "register:birth": "TLKS",
    "register:marriage": "TLKH",
    "register:recognition": "TLCMC",
    "register:death": "TLKT",
}
"""What stands behind a copy's number: trích lục, and the register's short name."""
SAME = "agency = :agency and reference = :reference and dataset = :dataset and system = :system and record_key = :key and version = :version"


class EntryEnded(Permanent):
    """The entry has ended.

    A copy would have to say so in the words of the official form, which the hub lacks: none is drafted.
    """


@dataclass(frozen=True)
class Copy:
    """A numbered draft."""

    number: str
    sheet: Sheet
    sha256: str
    """Of the data it shows."""
    findings: tuple[NotedFinding, ...] = ()
    """What the hub doubts about the entry."""

    def data(self) -> dict[str, Any]:
        """As JSON values."""
        return {"number": self.number, "sha256": self.sha256, **asdict(self.sheet)}

    def pdf(self) -> bytes:
        """One A4 page; the same data gives the same bytes."""
        import typst  # a compiler of 40 MB: only where a page is made

        return bytes(typst.compile(str(HERE / "extract.typ"), sys_inputs={"sheet": _text(self.sheet)}))

    def html(self) -> str:
        """The same as a page; every value is escaped."""
        from jinja2 import Environment, FileSystemLoader

        return (
            Environment(loader=FileSystemLoader(HERE), autoescape=True)
            .get_template("extract.html")
            .render(s=asdict(self.sheet))
        )


def issue(
    connection: sa.Connection,
    evidence: Evidence,
    contracts: Mapping[str, Contract],
    units: Units,
    *,
    agency: tuple[str, str],
    reference: str,
    legal_basis: str,
    now: datetime,
) -> Copy:
    """Draft the copy of an entry for an agency (code, name) and a reference (MaHoSo, or the Ministry's question), and
    number it.

    Raises:
        NotFound: the evidence is no register entry, or that version is no longer held.
        EntryEnded: the book notes a divorce, an annulment or another end of it.
    """
    if evidence.type not in MARKS:
        raise NotFound(f"{evidence.type} has no extract", hint=f"extracts are made of {', '.join(MARKS)}")
    if evidence.ended:
        raise EntryEnded(
            f"No copy of {evidence.record} is drafted: the entry was ended ({evidence.ended}), and the form's words for that are not known here",
            hint="the agency that keeps the book issues the extract of the note (trích lục ghi chú) on the official form",
        )
    register = register_of(contracts, evidence.type)
    dataset = register.in_contract(contracts)
    shown = row_of(connection, dataset, evidence, fields(evidence.type))
    row = {dataset.by_name[name].column: value for name, value in shown.items()}
    number, issued_at = _number(connection, evidence, agency[0], reference, legal_basis, now)
    noted = doubts.said(contracts, evidence.dataset, evidence.noted)
    made = sheet(
        register,
        dataset,
        row,
        units,
        agency=agency[1],
        number=number,
        issued=issued_at.astimezone(LOCAL).date(),
        warnings=tuple(warning(each) for each in noted),
        source=f"{evidence.record}, phiên bản {evidence.version.astimezone(LOCAL):%Y-%m-%d %H:%M:%S}, lô {evidence.batch}",
    )
    sha256 = hashlib.sha256(_text(made).encode()).hexdigest()
    connection.execute(
        sa.text(f"""
        insert into hub.issued_copy_sheet (copy, sha256) select id, :sha256 from hub.issued_copy where {SAME}
        on conflict do nothing"""),
        {**_which(evidence, agency[0], reference), "sha256": sha256},
    )
    return Copy(number, made, sha256, noted)


def warning(each: NotedFinding) -> str:
    """A finding in one line, for a person."""
    return f"{each.sentence} ({each.rule}, từ {each.since.astimezone(LOCAL):%d/%m/%Y})"


def _number(
    connection: sa.Connection, evidence: Evidence, agency: str, reference: str, legal_basis: str, now: datetime
) -> tuple[str, datetime]:
    """The copy's number: the one it had, or the next of this agency, year and kind, without a gap."""
    kind, which = MARKS[evidence.type], _which(evidence, agency, reference)
    year = now.astimezone(LOCAL).year
    connection.execute(
        sa.text("select pg_advisory_xact_lock(hashtext(:place))"), {"place": f"hub.issued_copy/{agency}/{year}/{kind}"}
    )
    found = connection.execute(
        sa.text(f"select number, year, issued_at from hub.issued_copy where {SAME}"), which
    ).first()
    if found is None:
        found = connection.execute(
            sa.text("""
            insert into hub.issued_copy (agency, year, kind, number, dataset, system, record_key, version, reference, legal_basis, issued_at)
            select :agency, :year, :kind, coalesce(max(number), 0) + 1, :dataset, :system, :key, :version, :reference, :legal_basis, :now
            from hub.issued_copy where agency = :agency and year = :year and kind = :kind returning number, year, issued_at"""),
            {**which, "year": year, "kind": kind, "legal_basis": legal_basis, "now": now},
        ).one()
    return f"{found.number}/{found.year}/{kind}-BS", found.issued_at


def _which(evidence: Evidence, agency: str, reference: str) -> dict[str, object]:
    return {
        "agency": agency,
        "reference": reference,
        "dataset": evidence.dataset,
        "system": evidence.system,
        "key": evidence.key,
        "version": evidence.version,
    }


def _text(made: Sheet) -> str:
    """What the hash is of. A sheet without warnings has the hash that it had before there were any."""
    shown = asdict(made)
    if not made.warnings:
        del shown["warnings"]
    return json.dumps(shown, ensure_ascii=False, sort_keys=True)
