"""The parts of the grammar inside a row: what is said about one paper, and where a clause of free words ends.

`reader.py` reads rows with them. A place is always the first letter of a word; every part that fits moves the place and
is kept as a piece.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hub.requirements.lexicon import Lexicon, PaperOwner, Phrases
from hub.requirements.reading import NamedPaper, RowTree, WordKind, WordRun
from hub.requirements.rules import MappingRule
from hub.requirements.terms import both, read_term

Papers = tuple[tuple[MappingRule, Phrases], ...]
_COUNT = both(r"(?:[0-9]+|một|hai|ba|mỗi loại [0-9]+) (?:\( [^ ]+ \) )?(?:bộ |bản |tờ |chiếc |quyển )?(?=[^\d])")
_LAW = both(
    r"(?:được )?(?:cấp |lập )?(?:theo|quy định tại|ban hành kèm theo|theo đúng)(?: quy định)?(?: tại| của| ở)? "
    r"(?:mẫu|điểm|khoản|điều|mục|phụ lục|nghị định|thông tư|luật|bộ luật|pháp luật|quyết định số) "
)
OR = both(r"(?:[,;] )?(?:hoặc(?: là| bằng)? |hay |/ )(?:[,:] )?")
_OF = both(r"(?:của|đối với|cho|nếu|là của|mang tên) ")
_MORE = both(r"(?:(?:hoặc|,|và|/) )(?:của )?")
_LIST = both(r"(?<![^ ])(?:,|và) ")
_OWN = both(r"(?:là )?(?:của|mang tên) ")
_ASKS = both(
    r"(?<![^ ])(?:nộp|xuất trình|cung cấp|gửi|kèm|theo|bổ sung|trình|mang|(?<!không )(?<!chưa )có|là|gồm|thêm|và|hoặc|hay|cùng|với|thì|,|/)"
    r" (?:[^ ]+ )?$"
)


class Clauses:
    """A canonical text, a place in it, and what was found so far."""

    def __init__(self, lexicon: Lexicon, papers: Papers, text: str) -> None:
        self.lexicon, self.papers, self.text = lexicon, papers, text
        self.place = 0
        self.found = RowTree()

    # -- what is said about a paper -------------------------------------------------------------------

    def _said(self, item: NamedPaper) -> bool:
        """One thing said about a paper, by the longest phrase that fits."""
        lexicon, text, start = self.lexicon, self.text, self.place
        best: tuple[int, Callable[[int], None]] | None = None
        for phrases, part in (
            (lexicon.copies, WordKind.COPY),
            (lexicon.qualifiers, WordKind.QUALIFIER),
            (lexicon.issuers, WordKind.ISSUER),
            (lexicon.lookups, WordKind.LOOKUP),
        ):
            end = phrases.at(text, start)
            if part is WordKind.COPY and self._named_at(end):
                continue  # the copy of the next paper
            if part is WordKind.COPY and OR[lexicon.folded].match(text, start) and lexicon.heads.at(text, end) > end:
                continue  # "hoặc bản sao quyết định ...": another paper, with its copy
            if part is WordKind.COPY and item.rule is None and text.startswith(("và ", "va ", ", "), start):
                continue  # "quyết định và bản chính giấy ...": a further paper, with its copy
            if end > start and (best is None or end > best[0]):
                best = end, lambda end, part=part: self._plain(end, part)
        if (person := self._person(bare=item.rule is not None)) and (best is None or person[0] > best[0]):
            best = person[0], lambda end: self._named(item, end, person[1])
        if (term := read_term(lexicon, text, start, self._clause)) and (best is None or term[0] > best[0]):
            best = term[0], lambda end: self._timed(end, term[1])
        if (law := self._law()) and (best is None or law > best[0]):
            best = law, lambda end: self._plain(end, WordKind.LAW)
        if (condition := self._condition()) and (best is None or condition > best[0]):
            best = condition, self._conditioned
        if best is None:
            return False
        best[1](best[0])
        return True

    def _plain(self, end: int, part: WordKind) -> None:
        self.found.lookups += part is WordKind.LOOKUP
        self.found.until_stated |= part is WordKind.QUALIFIER and bool(
            re.search(r"\b(?:thời hạn|thoi han)\b", self.text[self.place : end])
        )
        self._move(end, part)

    def _named(self, item: NamedPaper, end: int, persons: list[PaperOwner]) -> None:
        item.persons += persons
        self._move(end, WordKind.PERSON)

    def _timed(self, end: int, days: int) -> None:
        known = self.found.term_days
        self.found.term_days = days if known is None else min(days, known)
        self._move(end, WordKind.TERM)

    def _conditioned(self, end: int) -> None:
        words = self.text[self.place : end]
        self.found.conditions.append(words.strip())
        persons = self._persons_in(words)
        listed = _LIST[self.lexicon.folded].search(words) is not None  # "A, B": of both; "A theo B": of A
        if listed and len({p.id for p in persons}) > 1 and not self.found.danger[0]:
            self.found.danger = ("several", words.strip())
        self.found.persons += persons if listed else persons[:1]
        self._move(end, WordKind.CONDITION)

    def _person(self, *, bare: bool) -> tuple[int, list[PaperOwner]] | None:
        """ "của A", "của A hoặc B", "đối với A"; after a known paper also A alone ("căn cước công dân chủ nhà")."""
        of = _OF[self.lexicon.folded].match(self.text, self.place)
        found = of or (re.compile("").match(self.text, self.place) if bare else None)
        if not found:
            return None
        own = of is not None and _OWN[self.lexicon.folded].fullmatch(of[0]) is not None
        named = self.lexicon.person(self.text, found.end(), anybody=own)
        if named is None:
            return None
        persons, end = [named[0]], named[1]
        if not named[0].organisation and (own_body := self._body(end)):
            return own_body, persons
        while more := re.compile(r"(?:(?:hoặc|hoac|,|và|va|/) )(?:của |cua )?").match(self.text, end):
            named = self.lexicon.person(self.text, more.end())
            if named is None:
                break
            persons.append(named[0])
            end = named[1]
            if re.match(r"(?:,|và|va) ", more[0]):
                self.found.danger = (
                    self.found.danger if self.found.danger[0] else ("several", self.text[found.start() : end].strip())
                )
        return end, persons

    def _body(self, place: int) -> int:
        """Where "của cơ sở kinh doanh" ends after a person: the body for which that person stands."""
        of = _OWN[self.lexicon.folded].match(self.text, place)
        body = self.lexicon.person(self.text, of.end()) if of else None
        return (
            body[1] if body and body[0].organisation and not self.lexicon.danger(self.text[place : body[1]])[0] else 0
        )

    def _law(self) -> int:
        found = _LAW[self.lexicon.folded].match(self.text, self.place)
        if not found:
            return 0
        end = self._clause(found.end(), law=True)
        return 0 if self.lexicon.danger(self.text[found.end() : end])[0] else end

    def _condition(self) -> int:
        """ "trong trường hợp ...": free words, in which no paper, exception, other state or companion stands."""
        end = self.lexicon.conditions.at(self.text, self.place)
        if end == self.place:
            return 0
        for comma in (True, False):
            last = self._clause(end, comma=comma)
            words = self.text[end:last]
            if words.strip() and not self.lexicon.danger(words)[0] and not self._asks_for_paper(words):
                return last
        return 0

    def _asks_for_paper(self, words: str) -> bool:
        """Whether the words of a case demand a paper; "khác với hộ chiếu đã cấp" only speaks of one."""
        asks, around = _ASKS[self.lexicon.folded], f" {words}"
        return any(asks.search(around[: found.start()]) for found in self.lexicon.heads.anywhere.finditer(around))

    def _form(self) -> bool:
        """A number of copies, a verb or the form of the copy, before the paper's name."""
        if self._take(self.lexicon.verbs, WordKind.VERB) or self._take(self.lexicon.copies, WordKind.COPY):
            return True
        if found := _COUNT[self.lexicon.folded].match(self.text, self.place):
            self._move(found.end(), WordKind.COPY)
            return True
        return False

    def _note(self) -> bool:
        start = re.compile(r"(?:[.;,:] )*(?:[-+*] )*").match(self.text, self.place)
        place = start.end() if start else self.place
        for phrases, part in ((self.lexicon.lookups, WordKind.LOOKUP), (self.lexicon.notes, WordKind.NOTE)):
            end = phrases.at(self.text, place)
            if end > place and (end == len(self.text) or self.text[end] in ".;,)"):
                self._move(end, part)
                self.found.lookups += part is WordKind.LOOKUP
                return True
        if end := self._of_the_copy(place):
            self._move(end, WordKind.NOTE)
        return bool(end)

    def _of_the_copy(self, place: int, *, bracket: bool = False) -> int:
        """Where a sentence ends all of whose words are of the copy: "nếu không có bản chính thì nộp bản chụp"."""
        if not bracket and self.lexicon.conditions.at(self.text, place) == place:
            return 0
        last = re.compile(r"[.;)] ").search(self.text, place)
        end = last.start() if last else len(self.text)
        words = self.text[place:end]
        plain = set(words.split()) <= self.lexicon.copy_words
        speaks = plain and (bracket or re.search(r"(?<![^ ])(?:bản|ban) ", words))
        return end if speaks and self.lexicon.danger(words)[0] in ("", "companion") else 0

    def _persons_in(self, case: str) -> list[PaperOwner]:
        found: list[PaperOwner] = []
        place = 0
        while place < len(case):
            named = self.lexicon.person(case, place)
            if named:
                found.append(named[0])
                place = named[1]
            else:
                place = case.index(" ", place) + 1
        return found

    def _named_at(self, place: int) -> tuple[int, MappingRule] | None:
        """The paper known by the longest name at a place, and where the name ends."""
        found = [(end, rule) for rule, phrases in self.papers if (end := phrases.at(self.text, place)) > place]
        return max(found, key=lambda each: each[0], default=None)

    # -- places ---------------------------------------------------------------------------------------

    def _clause(self, start: int, *, comma: bool = False, law: bool = False) -> int:
        """Where the words of a clause end: at punctuation, at "hoặc", at a join that goes on with a paper."""
        place = start
        lexicon = self.lexicon
        while place < len(self.text):
            if (
                self.text[place] in ".;()+&"
                or (self.text[place] in ":," and not comma)
                or self.text.startswith("/ ", place)
            ):
                break
            if place > start and OR[lexicon.folded].match(self.text, place) and not comma:
                break
            join = lexicon.joins.at(self.text, place)
            if (
                place > start
                and join > place
                and not (comma and self.text[place] == ",")
                and lexicon.heads.at(self.text, join) > join
            ):
                break
            if place > start and lexicon.lookups.at(self.text, place) > place:
                break
            if law and place > start and lexicon.conditions.at(self.text, place) > place:
                break
            if (
                law
                and place > start
                and self.lexicon.person(self.text, place)
                and self.text[:place].endswith(("đối với ", "doi voi "))
            ):
                place = self.text.rindex(" ", 0, place - 1)
                break
            place = self.text.index(" ", place) + 1
        return place

    def _take(self, phrases: Phrases, part: WordKind) -> bool:
        end = phrases.at(self.text, self.place)
        if end == self.place:
            return False
        self.found.one_of |= part is WordKind.ONE_OF
        self._move(end, part)
        return True

    def _move(self, end: int, part: WordKind) -> None:
        self.found.pieces.append(WordRun(part, self.text[self.place : end].strip()))
        self.place = end

    def _back(self, here: tuple[int, int]) -> None:
        del self.found.pieces[here[0] :]
        self.place = here[1]

    def _danger(self, words: str) -> None:
        if not self.found.danger[0]:
            self.found.danger = self.lexicon.danger(words)
