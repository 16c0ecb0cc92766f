"""What each way out must tell: the reference policy over the entries. `None`: nothing, and nobody is told why."""

from __future__ import annotations

from typing import Any

from hub.answers.extracts.extract_layout import fields as of_sheet
from tests.matrix.city import City
from tests.matrix.decided import Decided
from tests.matrix.policy import ANSWERED_FROM, Asking, Entry, fields_for, holding, may_answer, may_name
from tests.matrix.questions import Question
from tests.matrix.registered import DOSSIERS, OF_DOSSIERS, SIDES, D

NOT_FOR_YOU, NOT_NOW = "the token is for something else", "not now"

COPY = {dataset: set(of_sheet(f"register:{dataset}")) for dataset in SIDES}
"""Dataset -> all that a copy of extract shows."""
ENDS = {"marriage": ("tinhTrangKetHon", "huyKetHonNgayGhiChu"), "death": ("nktNgayGhiChuHuyTuyenBoViecChet",)}
FROM_BIRTH = {"gioiTinh": "nksGioiTinh", "queQuan": "nksQueQuan", "danToc": "nksDanToc", "quocTich": "nksQuocTich"}
SHOWN = {"registered": "ngayDangKy", "place": "noiDangKy", "book": "quyenSo", "entry": "so"}


def disclosable(here: City, asking: Asking, dataset: str, entry: Entry | None = None) -> set[str]:
    """All that may be told of an entry, or without one: of any."""
    return fields_for(here.world, asking, dataset, set(here.pool[dataset]), entry)


def _named(q: Question) -> bool:
    return may_name(q.asking.agency, q.named, DOSSIERS)


def record(here: City, q: Question) -> dict[str, str] | None:
    found = here.entry_of(q.dataset, q.who)
    if found is None or not _named(q) or (q.who == D and q.dataset != "death"):
        return None
    entry = found[1]
    return {
        n: entry[n] for n in fields_for(here.world, q.asking, q.dataset, set(q.requested), entry) if entry.get(n)
    } or None


def answer(here: City, q: Question) -> bool | None:
    found = here.entry_of(ANSWERED_FROM[q.answer], q.who)
    if (
        found is None
        or not _named(q)
        or (q.who == D and q.answer != "is_deceased")
        or not may_answer(here.world, q.asking, q.answer, found[1])
    ):
        return None
    entry = found[1]
    match q.answer:
        case "is_married":
            return entry.get("tinhTrangKetHon") is None
        case "is_deceased":
            return True
        case "matches":
            return entry["nksHoTen"] == q.name
        case _:
            parents = [entry.get("meSoGiayToTuyThan"), entry.get("chaSoGiayToTuyThan")]
            return True if q.other in parents else False if all(parents) else None


def prefill(here: City, q: Question) -> dict[str, str] | None:
    expected: dict[str, str] = {}
    for dataset in ("birth", "marriage", "recognition"):
        found = here.entry_of(dataset, q.who)
        if found is None or q.who == D or not _named(q):
            continue
        entry = found[1]
        number = next(n for n in SIDES[dataset] if entry.get(n) == q.who)
        name, born = SIDES[dataset][number]
        facts = {"hoTen": name, "ngaySinh": born, "soDinhDanh": number, **(FROM_BIRTH if dataset == "birth" else {})}
        may = disclosable(here, q.asking, dataset, entry)
        expected |= {fact: entry[name] for fact, name in facts.items() if fact not in expected and name in may}
    return expected or None


def decisions(here: City, q: Question) -> dict[str, tuple[str, str | None]] | None:
    """Requirement -> reuse with the record; or ask: for a thing that nobody granted it is said that nothing is granted, whoever is asked about."""
    expected: dict[str, tuple[str, str | None]] = {}
    for dataset in SIDES:
        found = here.entry_of(dataset, q.who)
        if not disclosable(here, q.asking, dataset):
            expected[dataset] = ("ask", "permitted")
        elif found is None or not disclosable(here, q.asking, dataset, found[1]):
            expected[dataset] = ("ask", "held")
        elif found[1].get("tinhTrangKetHon") or (q.who == D and dataset != "death"):
            expected[dataset] = ("ask", None)
        else:
            expected[dataset] = ("reuse", f"{dataset}/moj-registry/{found[0]}")
    return expected


def own(here: City, q: Question) -> Decided | None:
    """The decision asked about, when it is the asker's own, his token allows it, and he holds any grant at all."""
    decided = q.decided
    if (
        decided is None
        or (decided.agency, decided.purpose) != (q.asking.agency, q.asking.purpose)
        or decided.law not in ("", q.asking.law)
    ):
        return None
    if q.bound not in ("", decided.dossier):
        return None
    return decided if holding(here.world, q.asking) else None


def holds(here: City, decided: Decided) -> bool:
    """Whether a decision stands, and what it says would be said of the same question that day, under the question's own law."""
    law = next(each.law for each in here.decided if each.number == decided.number)
    entry = here.entries[decided.dataset, decided.key]
    expected = disclosable(here, Asking(decided.agency, decided.purpose, law, here.day), decided.dataset, entry)
    dead = D in (entry.get(side) for side in SIDES[decided.dataset]) and decided.dataset != "death"
    return decided.number not in here.superseded and bool(expected) and not entry.get("tinhTrangKetHon") and not dead


def record_of(decided: Decided) -> str:
    return f"{decided.dataset}/moj-registry/{decided.key}"


def shown(here: City, q: Question) -> Any:
    """A decision stays told to whom it was told."""
    dossier = q.decided.dossier if q.decided else q.dossier
    if q.bound not in ("", dossier):
        return NOT_FOR_YOU
    decided = own(here, q)
    return [record_of(decided)] if decided else None


def evidence(here: City, q: Question) -> dict[str, Any] | None:
    """What a look at a decision may show. An entry that was ended, where that may not be told, is not shown at all."""
    decided = own(here, q)
    if decided is None:
        return None
    entry = here.entries[decided.dataset, decided.key]
    parents = ("meHoTen", "chaHoTen") if decided.dataset == "birth" else ()
    ends = ENDS.get(decided.dataset, ())
    ended = next((n for n in ends if entry.get(n)), None)
    shown = SHOWN | _person(decided)
    may = disclosable(here, q.asking, decided.dataset, entry) & {*shown.values(), *parents, *ends}
    if not may or (ended and ended not in may):
        return None
    expected: dict[str, Any] = {"number": None, "name": None, "born": None} | {
        what: entry[n] if n in may else None for what, n in shown.items()
    }
    return expected | {"ended": ended, "parents": tuple(entry[n] for n in parents) if set(parents) <= may else ()}


def _person(decided: Decided) -> dict[str, str]:
    """Whom a decision is about: of an entry about two people, of which nobody kept the side, neither."""
    sides = SIDES[decided.dataset]
    side = decided.side or (next(iter(sides)) if len(sides) == 1 else None)
    return {"number": side, "name": sides[side][0], "born": sides[side][1]} if side else {}


def looked_at(here: City, q: Question) -> Any:
    """Shown is what may be looked at, while it holds."""
    expected = evidence(here, q)
    return expected if expected is None or q.decided is None or holds(here, q.decided) else NOT_NOW


def previewed(here: City, q: Question) -> Any:
    """Over HTTP parents are not shown."""
    expected = looked_at(here, q)
    return (
        {name: value for name, value in expected.items() if name != "parents"}
        if isinstance(expected, dict)
        else expected
    )


def used(here: City, q: Question) -> str | None:
    """Used is what may be looked at that day, holds, and was looked at."""
    if evidence(here, q) is None or q.decided is None:
        return None
    acts = here.acts.get(q.decided.number, set())
    return record_of(q.decided) if "previewed" in acts and "refused" not in acts and holds(here, q.decided) else NOT_NOW


def confirmed(here: City, q: Question) -> str | None:
    """As used; only what is to be confirmed can be."""
    said = used(here, q)
    return NOT_NOW if said and q.decided and not q.decided.unsure else said


def refused(here: City, q: Question) -> str | None:
    decided = own(here, q)
    if decided is None:
        return None
    return (
        NOT_NOW
        if "used" in here.acts.get(decided.number, set()) or decided.number in here.superseded
        else record_of(decided)
    )


def extracted(here: City, q: Question) -> Any:
    """A copy shows all that its form says, or there is none; of what holds and was looked at, or confirmed where that is needed, and never refused."""
    decided = own(here, q)
    if decided is None:
        return None
    entry, acts = here.entries[decided.dataset, decided.key], here.acts.get(decided.number, set())
    if fields_for(here.world, q.asking, decided.dataset, COPY[decided.dataset], entry) != COPY[decided.dataset]:
        return None
    return (
        True
        if ("confirmed" if decided.unsure else "previewed") in acts and "refused" not in acts and holds(here, decided)
        else NOT_NOW
    )


def judged(here: City, q: Question) -> None:
    """Keep it, when a question about a decision came so far that the decision was judged again."""
    if q.decided is not None and not holds(here, q.decided):
        here.superseded.add(q.decided.number)


def status(here: City, q: Question) -> tuple[str, str] | None:
    """Nothing about a person: whoever is granted anything of dossiers may know how far one is."""
    known = q.reference in DOSSIERS and q.bound in ("", q.reference)
    return (q.reference, "4") if known and any(disclosable(here, q.asking, each) for each in OF_DOSSIERS) else None


def report(here: City, q: Question) -> str | None:
    """A report is taken about what the asker may be told of."""
    dataset, key = q.record
    entry = here.entries.get(q.record)
    return (
        f"{dataset}/moj-registry/{key}" if entry and _named(q) and disclosable(here, q.asking, dataset, entry) else None
    )


def reported(here: City, q: Question) -> str | None:
    """One's own reports only."""
    asked = here.reports.get(q.report)
    if asked is None or not holding(here.world, q.asking):
        return None
    own = (asked.asking.agency, asked.asking.purpose) == (q.asking.agency, q.asking.purpose) and q.bound in (
        "",
        asked.named,
    )
    return "/".join((asked.record[0], "moj-registry", asked.record[1])) if own else None


def ministry(here: City, asking: Asking, dataset: str, who: str) -> str:
    """The state that a question of module BS comes to: 4 done, 2 an officer must look, 6 neither held nor permitted."""
    found = here.entry_of(dataset, who)
    if found is None or fields_for(here.world, asking, dataset, COPY[dataset], found[1]) != COPY[dataset]:
        return "6"
    return "2" if found[1].get("tinhTrangKetHon") or (who == D and dataset != "death") else "4"
