"""The words by which demanded papers are read, as data: `requirement_words.yaml` of a deployment, read and checked.

A phrase is a row of words. `[a|b c]` may stand there, `<a|b c>` must, `#` is a number, and `...` is up to thirty words
of one clause in which nothing dangerous stands (`dangers` of the file: exceptions, other states, further papers).
`..` is up to fourteen words that describe a role ("người đề nghị cấp giấy phép"): it ends before any of `role_ends`.

    giấy [chứng nhận] [đăng ký] kết hôn
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from contracts.yaml.lines import Steps
from contracts.yaml.models import Document, FileModel, Flag, Text, load
from hub.requirements.catalogue import About
from hub.requirements.words import canonical, fold

FILE = "requirement_words.yaml"
_PART = re.compile(r"\.\.\.|\.\.|[\[\]<>|#]|[^\s\[\]<>|#]+")
_CLOSED = {"[": "]", "<": ">"}
SHORTEST = 3
"""Most letters of a danger that, without its marks, is another word: "cũ" is "cư" then."""
SHORT, LONG = 30, 60
"""Most words of "...": inside a phrase, and at its end."""
ROLE = 14
"""Most words of "..": the description of a role."""


class PersonEntry(FileModel):
    """Persons of one kind, as they are written."""

    id: Text
    about: About = About.OTHER
    several: Flag = False
    """More than one person, or a class of persons: one look-up never answers for all."""
    organisation: Flag = False
    foreign: Flag = False
    assumed: Flag = False
    """Whoever of the dossier has this role is taken for granted: an officer looks."""
    anybody: Flag = False
    """Any words after "của": somebody whom no other entry knows."""
    phrases: tuple[Text, ...] = Field(min_length=1)


class WordsFile(FileModel):
    """`requirement_words.yaml`, as it is written; the file explains each list."""

    heads: tuple[Text, ...]
    verbs: tuple[Text, ...]
    copies: tuple[Text, ...]
    qualifiers: tuple[Text, ...]
    issuers: tuple[Text, ...]
    purposes: tuple[Text, ...]
    one_of: tuple[Text, ...]
    others: tuple[Text, ...]
    conditions: tuple[Text, ...]
    joins: tuple[Text, ...]
    lookups: tuple[Text, ...]
    notes: tuple[Text, ...]
    copy_words: tuple[Text, ...]
    numbers: Mapping[str, int]
    groups: tuple[Text, ...]
    dangers: Mapping[str, tuple[Text, ...]] = Field(examples=["{exception: ['trừ']}"])
    role_ends: tuple[Text, ...]
    persons: tuple[PersonEntry, ...]


@dataclass(frozen=True)
class Phrases:
    """A list of phrases, of which the longest that fits a place is taken."""

    each: tuple[re.Pattern[str], ...]
    any_: re.Pattern[str]
    anywhere: re.Pattern[str]

    def at(self, text: str, place: int) -> int:
        """Where the longest phrase at a place ends; the place itself when none stands there."""
        if self.any_.match(text, place) is None:
            return place
        return max(found.end() for p in self.each if (found := p.match(text, place)))

    def inside(self, text: str, start: int = 0, end: int | None = None) -> str:
        """The first phrase inside a part of a text; empty when there is none."""
        found = self.anywhere.search(f" {text[start:end]}")
        return found[0].strip() if found else ""


@dataclass(frozen=True)
class PaperOwner:
    """Whose paper it is."""

    id: str
    about: About
    several: bool
    organisation: bool
    foreign: bool
    assumed: bool = False
    anybody: bool = False


@dataclass(frozen=True)
class Lexicon:
    """All phrases, compiled for texts with marks or for texts without."""

    heads: Phrases
    verbs: Phrases
    copies: Phrases
    qualifiers: Phrases
    issuers: Phrases
    purposes: Phrases
    one_of: Phrases
    others: Phrases
    conditions: Phrases
    joins: Phrases
    lookups: Phrases
    notes: Phrases
    groups: Phrases
    copy_words: frozenset[str]
    numbers: Mapping[str, int]
    dangers: tuple[tuple[str, re.Pattern[str]], ...]
    """Kind of danger -> its words, anywhere in a text."""
    persons: tuple[tuple[PaperOwner, Phrases], ...]
    folded: bool
    """Without marks: for texts typed so."""

    def danger(self, text: str) -> tuple[str, str]:
        """Kind and words of the first danger in a text; two empty texts when there is none."""
        found = [
            (hit.start(), kind, hit[0].strip()) for kind, p in self.dangers if (hit := p.search(f" {text.strip()} "))
        ]
        return min(found)[1:] if found else ("", "")

    def person(self, text: str, place: int, *, anybody: bool = False) -> tuple[PaperOwner, int] | None:
        """The person named at a place by the longest phrase, and where it ends; `anybody`: whoever it is."""
        found = [
            (end, person)
            for person, p in self.persons
            if (anybody or not person.anybody)
            and (end := p.at(text, place)) > place
            and not (person.assumed and self.danger(text[place:end])[0])
        ]
        if any(each.several or each.organisation or each.foreign for _, each in found if not each.anybody):
            found = [(end, each) for end, each in found if not each.anybody]
        best = max(found, key=lambda each: (each[0], not each[1].assumed, not each[1].anybody), default=None)
        return (best[1], best[0]) if best else None

    def phrases(self, texts: Iterable[str]) -> Phrases:
        """Phrases of another file: the names of papers."""
        return _phrases(texts, self.folded, "")


@dataclass(frozen=True)
class Words:
    """The lexicon twice: for texts with marks and for texts without."""

    marked: Lexicon
    unmarked: Lexicon


def read_words(folder: Path) -> Words:
    """The words of a deployment. Raises DeploymentInvalid: file and line of a key or phrase that is wrong."""
    document = load(folder / FILE, WordsFile)
    _check(document)
    return Words(_lexicon(document.value, folded=False), _lexicon(document.value, folded=True))


def fault(phrase: str) -> str | None:
    """Why a phrase cannot be used; None if it can."""
    depth: list[str] = []
    for part in _PART.findall(phrase):
        if part in _CLOSED:
            depth.append(_CLOSED[part])
        elif part in ("]", ">") and (not depth or depth.pop() != part):
            return f"has a {part} that was not opened"
        elif part == "|" and not depth:
            return "has a | outside of brackets"
    if depth:
        return f"lacks a {depth[-1]}"
    return "matches nothing" if re.compile(expression(phrase)).match("") else None


def expression(phrase: str, *, folded: bool = False, banned: str = "", ends: str = "") -> str:
    """The regular expression of a phrase over canonical texts. Of the words in a bracket the longest come first."""
    parts = _PART.findall(phrase)
    found, rest = _sequence(parts, 0, folded, banned, ends)
    assert rest == len(parts), phrase
    return found


def _sequence(parts: list[str], place: int, folded: bool, banned: str, ends: str = "") -> tuple[str, int]:
    """Words up to the end or the bracket's end, with the place where they end; several ways if there is a |."""
    ways, out = [], ""
    while place < len(parts) and parts[place] not in ("]", ">"):
        part = parts[place]
        place += 1
        if part == "|":
            ways.append(out)
            out = ""
        elif part in _CLOSED:
            inner, place = _sequence(parts, place, folded, banned, ends)
            out += f"(?:{inner}){'?' if part == '[' else ''}"
            place += 1
        elif part == "#":
            out += "(?:[0-9]+ )"
        elif part == "...":
            out += _anything(banned, last=place == len(parts))
        elif part == "..":
            out += rf"(?:(?!{ends}[.;()+&,:/] )[^ ]+ ){{1,{ROLE}}}"
        else:
            words = part if len(part) == 1 and not part.isalnum() else canonical(f"x {part}")[2:].strip()
            out += "".join(f"{re.escape(fold(w) if folded else w)} " for w in words.split(" "))
    ways.append(out)
    return "|".join(sorted(ways, key=len, reverse=True)), place


def _anything(banned: str, *, last: bool) -> str:
    """Words of one clause: as few as fit before further words of the phrase, as many as there are at its end."""
    forbidden = f"{banned}|" if banned else ""
    return rf"(?:(?!{forbidden}[.;()+&] )[^ ]+ ){{0,{LONG if last else SHORT}}}{'' if last else '?'}"


def _check(document: Document[WordsFile]) -> None:
    entry = document.value
    lists: list[tuple[Steps, tuple[str, ...]]] = [
        ((key,), tuple(getattr(entry, key)))
        for key in WordsFile.model_fields
        if key not in ("numbers", "dangers", "persons")
    ]
    lists += [(("dangers", kind), phrases) for kind, phrases in entry.dangers.items()]
    lists += [(("persons", n, "phrases"), person.phrases) for n, person in enumerate(entry.persons)]
    for steps, phrases in lists:
        for index, phrase in enumerate(phrases):
            if what := fault(phrase):
                hint = "[a|b] may stand there, <a|b> must, # is a number, ... is words of a clause"
                raise document.wrong((*steps, index), f"the phrase {phrase!r} {what}", hint=hint)


def _lexicon(entry: WordsFile, *, folded: bool) -> Lexicon:
    dangers = tuple(
        (
            kind,
            re.compile(
                "(?<= )(?:"
                + "|".join(expression(p, folded=folded) for p in phrases if not folded or len(p) > SHORTEST)
                + ")"
            ),
        )
        for kind, phrases in entry.dangers.items()
    )
    heads = "|".join(expression(p, folded=folded) for p in entry.heads)
    banned = _banned(dangers, heads)
    ends = f"{'|'.join(expression(p, folded=folded) for p in entry.role_ends)}|"

    def of(phrases: Iterable[str]) -> Phrases:
        return _phrases(phrases, folded, banned, ends)

    return Lexicon(
        heads=of(entry.heads),
        verbs=of(entry.verbs),
        copies=of(entry.copies),
        qualifiers=of(entry.qualifiers),
        issuers=of(entry.issuers),
        purposes=of(entry.purposes),
        one_of=of(entry.one_of),
        others=of(entry.others),
        conditions=of(entry.conditions),
        joins=of(entry.joins),
        lookups=of(entry.lookups),
        notes=of(entry.notes),
        groups=of(entry.groups),
        copy_words=frozenset(
            fold(w) if folded else w for each in entry.copy_words for w in canonical(f"x {each}").split()[1:]
        ),
        numbers={fold(k) if folded else canonical(f"x {k}")[2:].strip(): v for k, v in entry.numbers.items()},
        dangers=dangers,
        persons=tuple(
            (PaperOwner(p.id, p.about, p.several, p.organisation, p.foreign, p.assumed, p.anybody), of(p.phrases))
            for p in entry.persons
        ),
        folded=folded,
    )


def _banned(dangers: Iterable[tuple[str, re.Pattern[str]]], heads: str) -> str:
    """What "..." never runs over: dangers, and a further paper."""
    each = [pattern.pattern.removeprefix("(?<= )") for _, pattern in dangers]
    return "|".join([*each, rf"(?:, |và |va |& )(?:{heads})"])


def _phrases(phrases: Iterable[str], folded: bool, banned: str, ends: str = "") -> Phrases:
    patterns = [expression(phrase, folded=folded, banned=banned, ends=ends) for phrase in phrases]
    either = "|".join(patterns) or r"(?!)"
    return Phrases(tuple(re.compile(p) for p in patterns), re.compile(either), re.compile(f"(?<= )(?:{either})"))
