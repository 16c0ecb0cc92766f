"""Random questions over all ways out, each compared with a policy of thirty lines that was written from docs/grants.md alone and imports nothing of the hub.

A share of the 20,000 runs with the fast tests; all of them: `make grant-matrix`. That the comparison can fail is shown by planted faults. All people are synthetic.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from contracts.model import Kind
from hub import walls
from hub.acts import Person
from hub.disclosure.disclosure import Disclosure
from hub.disclosure.model import Asking
from hub.disclosure.rule import Rule
from hub.errors import NothingSuch
from hub.grants.model import Grant, Grants
from hub.grants.purposes import Purposes
from hub.reuse.desk import Desk
from hub.reuse.people import Subject
from hub.reuse.sheets import fields as of_sheet

from .conftest import HOSPITAL, KEYS, QUAN_1, SCHOOL

# ---- the reference policy: from the words of docs/grants.md --------------------------------------------------------------------------------------

LAWS = {  # in force, from to; days between are unverified
    "once-held": [("2020-05-25", "2025-07-02"), ("2026-07-01", "9999-12-31")], "extract-anywhere": [("2016-01-01", "9999-12-31")],
    "marital-status": [("2020-09-15", "9999-12-31")],
}
AGENCIES_END = {QUAN_1: "2025-06-30", SCHOOL: "2025-06-30", HOSPITAL: "9999-12-31"}
DISTRICT_OF = {("26734", 2021): "760", ("27154", 2021): "770"}  # nothing is listed before 2021
ANSWER_OVER = {"is_married": "marriage", "is_deceased": "death", "matches": "birth", "parent_of": "birth"}


def holding(world: dict, agency: str, dataset: str, purpose: str, day: str, entry: dict) -> list[dict]:
    """The grants that hold for a dataset, a purpose, a day and a place."""
    found = []
    for grant in world["grants"]:
        over = set(grant["datasets"]) | {ANSWER_OVER[a] for a in grant["answers"]}
        here = grant["territory"] == "city" or grant["territory"] == DISTRICT_OF.get((entry["noiDangKy"], int(entry["ngayDangKy"][:4])))
        lawful = any(first <= day <= last for first, last in LAWS[grant["legal_basis"]])
        days = grant["valid_from"] <= day <= min(grant.get("valid_to") or "9999-12-31", AGENCIES_END[agency])
        if agency in grant["agencies"] and grant["purpose"] == purpose and dataset in over and here and lawful and days:
            found.append(grant)
    return found


def fields_for(world: dict, agency: str, dataset: str, purpose: str, day: str, requested: set[str], entry: dict) -> set[str]:
    """Requested AND granted AND needed."""
    granted = {field for grant in holding(world, agency, dataset, purpose, day, entry) for field in grant["datasets"].get(dataset, [])}
    return requested & granted & set(world["purposes"][purpose]["needed"].get(dataset, []))


def answer_for(world: dict, agency: str, answer: str, purpose: str, day: str, entry: dict) -> bool:
    """Whether an answer may be given: granted by name, and needed by name."""
    grants = holding(world, agency, ANSWER_OVER[answer], purpose, day, entry)
    return answer in world["purposes"][purpose]["answers"] and any(answer in grant["answers"] for grant in grants)


# ---- the city: who stands in which entry ---------------------------------------------------------------------------------------------------------

A, B, C, D, M, F, X, Y, NOBODY = (f"0793160000{n:02}" for n in range(1, 10))
IN_1, IN_3, BEFORE = ({"noiDangKy": p, "ngayDangKy": d} for p, d in (("26734", "2021-03-04"), ("27154", "2021-03-05"), ("26734", "2015-02-03")))
ENTRIES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("birth", "1", {"nksSoDDCN": A, "meSoGiayToTuyThan": M, "chaSoGiayToTuyThan": F, **IN_1}), ("birth", "2", {"nksSoDDCN": B, **IN_3}),
    ("birth", "3", {"nksSoDDCN": C, **BEFORE}), ("birth", "4", {"nksSoDDCN": D, **IN_1}),
    ("marriage", "5", {"chongSoGiayToTuyThan": F, "voSoGiayToTuyThan": M, **IN_1}),
    ("marriage", "6", {"chongSoGiayToTuyThan": X, "voSoGiayToTuyThan": Y, "tinhTrangKetHon": "đã ly hôn", **IN_3}),
    ("death", "7", {"nktSoGiayToTuyThan": D, **IN_1}), ("recognition", "8", {"cmSoGiayToTuyThan": F, "ncSoGiayToTuyThan": A, **IN_3}),
)
EMPTY = frozenset({"tinhTrangKetHon", "huyKetHonNgayGhiChu", "nktNgayGhiChuHuyTuyenBoViecChet"})
NUMBERS = {"birth": ("nksSoDDCN",), "marriage": ("chongSoGiayToTuyThan", "voSoGiayToTuyThan"), "death": ("nktSoGiayToTuyThan",),
           "recognition": ("cmSoGiayToTuyThan", "ncSoGiayToTuyThan")}
NAMES = {"nksSoDDCN": ("nksHoTen", "nksNgaySinh"), "chongSoGiayToTuyThan": ("chongHoTen", "chongNgaySinh"), "voSoGiayToTuyThan": ("voHoTen", "voNgaySinh"),
         "cmSoGiayToTuyThan": ("cmHoTen", "cmNgaySinh"), "ncSoGiayToTuyThan": ("ncHoTen", "ncNgaySinh"), "nktSoGiayToTuyThan": ("nktHoTen", "nktNgaySinh")}
FIRST_SIDE = {"birth": "child", "marriage": "husband", "death": "deceased", "recognition": "parent"}
FROM_BIRTH = {"gioiTinh": "nksGioiTinh", "queQuan": "nksQueQuan", "danToc": "nksDanToc", "quocTich": "nksQuocTich"}
PURPOSES = ("civil-status", "school-enrolment", "patient-admission")
DAYS = ("2021-12-31", "2022-01-01", "2022-06-02", "2022-12-31", "2023-01-01", "2025-06-30", "2025-07-01", "2025-07-02", "2025-07-03", "2026-07-01")
ASKERS = (QUAN_1, SCHOOL, HOSPITAL)


class City:
    """Entries in the database, and the two policies over worlds of random grants."""

    def __init__(self, engine: sa.Engine, contracts: dict, folder: Any, put: Callable[..., None], seed: int) -> None:
        self.chance, self.folder, self.day = random.Random(seed), folder, DAYS[0]
        self.entries = {}
        self.pool = {d: tuple(f.name for f in contracts[d].dataset(d).fields
                              if not f.classification.encrypted and f.kind in (Kind.TEXT, Kind.PARTIAL_DATE)) for d in NUMBERS}
        for dataset, key, told in ENTRIES:
            kinds = {f.name: f for f in contracts[dataset].dataset(dataset).fields}
            row = {n: "2001-02-03" if kinds[n].kind is Kind.PARTIAL_DATE else f"{n} {key}" for n in self.pool[dataset] if n not in EMPTY and not kinds[n].identity}
            self.entries[dataset, key] = row | told
            put(dataset, key, **self.entries[dataset, key], _known_from=datetime(2020, 1, 1, tzinfo=UTC))
        now = lambda: datetime.fromisoformat(f"{self.day}T03:00:00+00:00")  # noqa: E731
        deployment = SimpleNamespace(folder=folder, reuse={}, streams={}, today=date(2022, 6, 2))
        self.hub = SimpleNamespace(engine=engine, contracts=contracts, keys=KEYS, deployment=deployment, scenario=SimpleNamespace(now=now))
        self.decisions = self._decided()
        self.renew()

    def renew(self) -> None:
        """Another world of grants and purposes, as files; every asked question is forgotten."""
        pick, chance = self._pick, self.chance
        needed = lambda: {d: pick(d, 0.5) for d in NUMBERS if chance.random() < 0.8}  # noqa: E731
        self.world: dict[str, Any] = {"purposes": {
            p: {"id": p, "title": p, "legal_basis": "once-held", "needed": needed(), "answers": [a for a in ANSWER_OVER if chance.random() < 0.7]} for p in PURPOSES}}
        self.world["grants"] = [self._grant(n) for n in range(30)]
        (self.folder / "purposes.yaml").write_text(yaml.safe_dump({"purposes": list(self.world["purposes"].values())}))
        (self.folder / "grants.yaml").write_text(yaml.safe_dump({"hourly_limit_without_grant": 10**9, "grants": self.world["grants"]}))
        self.way, self.desk = Disclosure.of(self.hub), Desk(self.hub)
        with self.hub.engine.begin() as connection:
            for statement in ("alter table hub.audit disable trigger user", "delete from hub.audit", "alter table hub.audit enable trigger user"):
                connection.execute(sa.text(statement))  # the count of the hour would grow with every question

    def _grant(self, number: int) -> dict[str, Any]:
        chance = self.chance
        answers = [a for a in ANSWER_OVER if chance.random() < 0.3]
        datasets = {d: self._pick(d, 0.4) for d in NUMBERS if chance.random() < 0.4}
        if not answers and not datasets:
            answers = ["matches"]
        found = {
            "id": f"g{number}", "agencies": chance.sample(ASKERS, chance.choice([1, 1, 2])), "datasets": datasets, "answers": answers,
            "purpose": chance.choice(PURPOSES), "legal_basis": chance.choice(list(LAWS)), "territory": chance.choice(["city", "city", "760", "770"]),
            "valid_from": chance.choice(["2022-01-01", "2022-06-02"]), "hourly_limit": 10**9, "approver": "mẫu",
        }
        return found | ({"valid_to": chance.choice(["2022-12-31", "2025-07-01"])} if chance.random() < 0.5 else {})

    def _pick(self, dataset: str, whole: float) -> list[str]:
        pool = self.pool[dataset]
        return list(pool) if self.chance.random() < whole else sorted(self.chance.sample(pool, self.chance.randint(1, len(pool))))

    def _decided(self) -> list[tuple[int, str, str, tuple[str, str]]]:
        found = []
        with self.hub.engine.begin() as connection:
            for agency in ASKERS:
                for purpose in PURPOSES:
                    for dataset, key in self.entries:
                        number = connection.scalar(sa.text("""
                            insert into hub.decision (agency, dossier, requirement_set, requirement, procedure, purpose, outcome, evidence_type, dataset, system,
                                                      record_key, version, legal_basis, why, known_at, decided_at, role)
                            values (:a, :p || :d || :k, 's', 'r', 'x', :p, 'reuse', 'register:' || :d, :d, 'moj-registry', :k, now(), 'once-held', '[]', now(), now(),
                                    :r)
                            returning id"""), {"a": agency, "p": purpose, "d": dataset, "k": key, "r": FIRST_SIDE[dataset]})
                        found.append((number, agency, purpose, (dataset, key)))
        return found

    # ---- one random question, asked of both ----

    def differences(self, questions: int) -> Iterator[str]:
        """What the hub told otherwise than the reference, of so many random questions."""
        for _ in range(questions):
            self.day = self.chance.choice(DAYS)
            if self.chance.random() < 0.6:  # near a grant, else most questions would be denied
                grant = self.chance.choice(self.world["grants"])
                agency, purpose = self.chance.choice(grant["agencies"]), grant["purpose"]
            else:
                agency, purpose = self.chance.choice(ASKERS), self.chance.choice(PURPOSES)
            ask = self.chance.choice((self._record, self._record, self._answer, self._prefill, self._preview, self._extract))
            said, expected = ask(agency, purpose)
            if said != expected:
                yield f"{ask.__name__} by {agency} for {purpose} on {self.day}: {said} instead of {expected}"

    def _record(self, agency: str, purpose: str) -> tuple[Any, Any]:
        dataset, who = self.chance.choice(list(NUMBERS)), self._anyone()
        requested = set(self.chance.sample(self.pool[dataset], self.chance.randint(1, 8)))
        told = self.way.record(Asking(agency, "x", purpose, "H"), f"register:{dataset}", Subject(personal_id=who), requested)
        entry = self._entry(dataset, who)
        locked = who == D and dataset != "death"
        allowed = fields_for(self.world, agency, dataset, purpose, self.day, requested, entry) if entry and not locked else set()
        return dict(told.values), {name: entry[name] for name in allowed if entry and entry.get(name)}

    def _answer(self, agency: str, purpose: str) -> tuple[Any, Any]:
        answer, who, other = self.chance.choice(list(ANSWER_OVER)), self._anyone(), self.chance.choice((M, F, X))
        name = self.chance.choice(["nksHoTen 1", "nksHoTen 2", "nksHoTen 4"]) if answer == "matches" else None
        told = self.way.answer(Asking(agency, "x", purpose, "H"), answer, Subject(personal_id=who, name=name), Subject(personal_id=other))
        entry = self._entry(ANSWER_OVER[answer], who)
        if entry is None or (who == D and answer != "is_deceased") or not answer_for(self.world, agency, answer, purpose, self.day, entry):
            return told.answer, None
        match answer:
            case "is_married":
                return told.answer, entry.get("tinhTrangKetHon") is None
            case "is_deceased":
                return told.answer, True
            case "matches":
                return told.answer, entry["nksHoTen"] == name
            case _:
                parents = [entry.get("meSoGiayToTuyThan"), entry.get("chaSoGiayToTuyThan")]
                return told.answer, True if other in parents else False if all(parents) else None

    def _prefill(self, agency: str, purpose: str) -> tuple[Any, Any]:
        who = self._anyone()
        told = self.way.prefill(Asking(agency, "x", purpose, "H"), Subject(personal_id=who))
        expected: dict[str, str] = {}
        for dataset in ("birth", "marriage", "recognition"):
            entry = self._entry(dataset, who)
            if entry is None or who == D:
                continue
            number = next(n for n in NUMBERS[dataset] if entry.get(n) == who)
            facts = {"hoTen": NAMES[number][0], "ngaySinh": NAMES[number][1], "soDinhDanh": number, **(FROM_BIRTH if dataset == "birth" else {})}
            for fact, name in facts.items():
                if fact not in expected and fields_for(self.world, agency, dataset, purpose, self.day, {name}, entry):
                    expected[fact] = entry[name]
        return {fact: each.value for fact, each in told.facts.items()}, expected

    def _preview(self, agency: str, purpose: str) -> tuple[Any, Any]:
        number, (dataset, key) = self._decision(agency, purpose)
        entry, own = self.entries[dataset, key], NUMBERS[dataset][0]
        ends = {"marriage": {"tinhTrangKetHon", "huyKetHonNgayGhiChu"}, "death": {"nktNgayGhiChuHuyTuyenBoViecChet"}}.get(dataset, set())
        shown = {"number": own, "name": NAMES[own][0], "born": NAMES[own][1], "registered": "ngayDangKy", "place": "noiDangKy", "book": "quyenSo", "entry": "so"}
        parents = {"meHoTen", "chaHoTen"} if dataset == "birth" else set()
        allowed = fields_for(self.world, agency, dataset, purpose, self.day, {*shown.values(), *parents, *ends}, entry)
        expected = {a: entry[n] if n in allowed else None for a, n in shown.items()}
        expected["parents"] = tuple(entry[n] for n in ("meHoTen", "chaHoTen")) if parents and parents <= allowed else ()
        try:
            told = self.desk.preview(number, Person("x", "y"))
        except NothingSuch:
            return None, expected if allowed else None
        return {name: getattr(told, name) for name in expected}, expected if allowed else None

    def _extract(self, agency: str, purpose: str) -> tuple[Any, Any]:
        number, (dataset, key) = self._decision(agency, purpose)
        whole = set(of_sheet(f"register:{dataset}"))
        expected = fields_for(self.world, agency, dataset, purpose, self.day, whole, self.entries[dataset, key]) == whole
        try:
            self.desk.extract(number, "x", Person("x", "y"))
        except NothingSuch:
            return False, expected
        return True, expected

    def _decision(self, agency: str, purpose: str) -> tuple[int, tuple[str, str]]:
        return self.chance.choice([(n, entry) for n, a, p, entry in self.decisions if (a, p) == (agency, purpose)])

    def _entry(self, dataset: str, who: str) -> dict[str, str] | None:
        return next((row for (d, _), row in self.entries.items() if d == dataset and any(row.get(n) == who for n in NUMBERS[d])), None)

    def _anyone(self) -> str:
        return self.chance.choice((A, B, C, D, M, F, X, Y, NOBODY))


@pytest.fixture
def city(engine, contracts, folder, put) -> Callable[[int], City]:
    return lambda seed: City(engine, contracts, folder, put, seed)


def test_the_hub_tells_what_the_reference_says(city) -> None:
    """A share of the 20,000, in four worlds of grants."""
    here = city(1)
    for _ in range(4):
        assert list(here.differences(300)) == []
        here.renew()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_twenty_thousand_questions(city) -> None:
    here = city(2)
    for _ in range(40):
        assert list(here.differences(500)) == []
        here.renew()


def _expired(self: Grant, day: date) -> bool:
    return self.valid_from <= day and self.basis(day) is not None


def _united(self: Grants, agency: str, dataset: str, purpose: str, day: date, requested: Any, covers: Any = lambda grant: True) -> frozenset[str]:
    granted = frozenset[str]().union(*(g.fields for g in self.of(agency, dataset, purpose, day, covers)))
    return frozenset(requested) & (granted | self.purposes.needed(purpose, dataset)) if granted else frozenset()


def _any_purpose(self: Grants, agency: str, dataset: str, purpose: str, day: date, covers: Any = lambda grant: True) -> tuple[Grant, ...]:
    return tuple(g for g in self.all if g.agency == agency and g.dataset == dataset and g.on(day) and covers(g))


MUTANTS = {
    "the last day is not looked at": (Grant, "on", _expired),
    "fields are united, not intersected": (Grants, "fields", _united),
    "the purpose is not looked at": (Grants, "of", _any_purpose),
    "what a purpose needs is not looked at": (Purposes, "needed", lambda self, purpose, dataset: _Everything()),
    "the place is not looked at": (Rule, "_covers", lambda self, of: lambda grant: True),
}


class _Everything(frozenset):  # type: ignore[type-arg]
    def __rand__(self, other: frozenset[str]) -> frozenset[str]:
        return other

    def __bool__(self) -> bool:
        return True


@pytest.mark.parametrize("mutant", list(MUTANTS))
def test_the_matrix_finds_planted_faults(city, monkeypatch, mutant: str) -> None:
    """In the first wall, with the second one taken down: behind it most of them would stay unseen, which is what it is for."""
    here = city(3)
    where, name, planted = MUTANTS[mutant]
    monkeypatch.setattr(where, name, planted)
    for taken_on in ("read_as", "read_own"):
        monkeypatch.setattr(walls, taken_on, lambda *_, **__: None)
    assert next(here.differences(800), None), f"not found: {mutant}"
