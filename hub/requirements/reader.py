"""The grammar of demanded papers, by recursive descent over a canonical text. What it cannot place is left `unread`.

    row      = lead item { join item } [ "." note { "." note } ]
    lead     = { case | one-of | verb | copy | number }
    item     = { copy | verb } paper { [","] tail }
    tail     = copy | qualifier | issuer | person | term | law | look-up | condition | "(" { tail | note | paper } ")"
    join     = "hoặc" | "/"        another paper of which one is enough
             | ","                 the same, where the papers prove one fact, or after "one of"
             | "và" ";" "kèm" ...  a companion: demanded besides

Nothing is skipped: a word that fits no place ends the reading, and the row is asked for.
"""

from __future__ import annotations

import re

from hub.requirements.clauses import OR, Clauses, Papers
from hub.requirements.lexicon import Lexicon
from hub.requirements.reading import NamedPaper, RowTree, WordKind
from hub.requirements.terms import both

_CASE_END = both(
    r"(?:thì (?:còn )?(?:phải )?(?:nộp |xuất trình |cung cấp |gửi |có |kèm theo )?"
    r"|(?<!không )phải (?:nộp |xuất trình |cung cấp |gửi |có |kèm theo )|: )"
)
_CASE_START = both(
    r"(?:đối với|(?:trong )?trường hợp|nếu|riêng|với|khi|người|công dân|cá nhân|bên|con|trẻ em|hồ sơ|chủ) "
)
_LAST_NOTE = re.compile(r"(?:[.;,]\s*)*$")
MOST_OF_A_CASE = 60
"""Most words of a case."""


class Reader(Clauses):
    """Reads one canonical text. The text's own marks decide which lexicon is given."""

    def __init__(self, lexicon: Lexicon, papers: Papers, text: str, *, group_one_of: bool) -> None:
        super().__init__(lexicon, papers, text)
        self.group_one_of = group_one_of
        """The title of the row's group says that one is enough: known papers in a list replace each other."""

    def read(self) -> RowTree:
        """The tree, with what was not understood."""
        self._lead()
        self.found.lead = self.place
        first = self._item() or self._unknown_first()
        if first is None:
            return self._left()
        self.found.items.append(first)
        while True:
            joined = self._joined()
            if joined is None:
                break
            self.found.items.append(joined)
        if first.rule is None and (two := next((each for each in self.found.items if self._two_in_one(each)), None)):
            self.found.danger = ("companion", two.words)
        if self._alike():
            self._notes()
        return self._left()

    def _unknown_first(self) -> NamedPaper | None:
        """A paper that is not known, where "hoặc" and a further paper follow: one of them is enough."""
        here = len(self.found.pieces), self.place
        item = self._item(open_=True)
        if item is not None and OR[self.lexicon.folded].match(self.text, self.place):
            return item
        self.found.danger = ("", "")
        self._back(here)
        return None

    def _lead(self) -> None:
        while self._case() or self._purpose() or self._take(self.lexicon.one_of, WordKind.ONE_OF) or self._form():
            pass

    def _purpose(self) -> bool:
        """ "Giấy tờ chứng minh ...:": what the papers after the colon are to prove."""
        end = self.lexicon.purposes.at(self.text, self.place)
        if end == self.place or self._named_at(self.place):
            return False
        self.found.conditions.append(self.text[self.place : end].strip(" :"))
        self._move(end, WordKind.CONDITION)
        return True

    def _case(self) -> bool:
        """ "Đối với ... thì phải nộp", "Người ... phải nộp": the case in which the paper is demanded."""
        start = _CASE_START[self.lexicon.folded].match(self.text, self.place)
        if start is None or self.found.items:
            return False
        for end in _CASE_END[self.lexicon.folded].finditer(self.text, start.end()):
            case = self.text[self.place : end.start()]
            if re.search(r"[.;(] ", case) or len(case.split()) > MOST_OF_A_CASE:
                return False
            if self.lexicon.heads.inside(re.sub(r"^(?:hồ sơ|ho so) ", "", case)):
                return False
            if self.lexicon.danger(self.text[self.place : end.end()])[0] == "exception":
                return False
            self._danger(case)
            self.found.persons += self._persons_in(case)
            self.found.conditions.append(case.strip())
            self._move(end.end(), WordKind.CONDITION)
            return True
        return False

    def _joined(self) -> NamedPaper | None:
        """The next paper of which one is enough; None at the end, or where something else is demanded."""
        here = len(self.found.pieces), self.place
        if found := OR[self.lexicon.folded].match(self.text, self.place):
            self._move(found.end(), WordKind.JOIN)
            item = self._item(open_=True)
            if item is None:
                self._back(here)
            return item
        if self.text.startswith(": ", self.place) and (proof := self._after_colon()):
            return proof
        listed = self.text.startswith(", ", self.place) or (
            self.found.one_of and self.text.startswith("; ", self.place)
        )
        if listed:
            self._move(self.place + 2, WordKind.JOIN)
            item = self._item()
            if item is None:
                self._back(here)
                return None
            item.comma, item.piece, item.place = True, here[0], here[1] + 2
            return item
        return None

    def _after_colon(self) -> NamedPaper | None:
        """ "Giấy tờ tùy thân: căn cước ...": the papers after the colon are those that prove the fact."""
        here, last = (len(self.found.pieces), self.place), self.found.items[-1]
        self._move(self.place + 2, WordKind.JOIN)
        item = self._item() if last.rule else None
        if item is None or item.rule is None or last.rule is None or item.rule.proves != last.rule.proves:
            self._back(here)
            return None
        return item

    def _alike(self) -> bool:
        """Whether papers set apart by commas surely replace each other; if not, the later ones are companions."""
        items = self.found.items
        if self.found.one_of or not any(each.comma for each in items):
            return True
        if self.group_one_of and all(each.rule is not None for each in items):
            return True
        if items[-1].catch_all and not items[-1].comma:
            return True
        if self._of_different_persons(items):
            return self._companions(items)
        facts = {each.rule.proves for each in items if each.rule is not None}
        listed = items[: max(n for n, each in enumerate(items) if each.comma) + 1]
        if all(each.rule is not None or each.catch_all for each in listed) and len(facts) == 1:
            return True
        return self._companions(items)

    def _companions(self, items: list[NamedPaper]) -> bool:
        """Only the first is the paper; the others are demanded besides."""
        after = next(number for number, each in enumerate(items) if each.comma)
        self.found.companions = items[after:]
        self.found.first = items[after].piece
        self.found.still = self.text[items[after].place : self.place].strip(" .;,:")
        self.found.items = items[:after]
        return False

    def _two_in_one(self, item: NamedPaper) -> bool:
        """Whether the words of an unknown paper may be two papers: "quyết định và thông tin ..."."""
        return item.rule is None and bool(re.search(r"\b(?:và|va|kèm|kem|cùng|cung|với|voi)\b", item.words))

    def _of_different_persons(self, items: list[NamedPaper]) -> bool:
        """ "A của con, A của mẹ": set apart by a comma, each of another person, both are wanted."""
        named = [{p.id for p in each.persons} for each in items if each.persons]
        return len(named) > 1 and any(each != named[0] for each in named)

    def _notes(self) -> None:
        """What follows the papers: look-ups and notes; a further paper is a companion."""
        while True:
            if _LAST_NOTE.match(self.text, self.place):
                self.place = len(self.text)
                return
            if not self._note():
                return

    def _left(self) -> RowTree:
        """The reading, with the rest of the text as companion, danger or not understood."""
        rest = self.text[self.place :].strip(" .;,:")
        if not rest:
            return self.found
        self._danger(rest)
        join = self.lexicon.joins.at(self.text, self.place)
        after = self.text[join:]
        begins = re.sub(r"^(?:[.;,:+*-] )+", "", after)
        if self.found.items and join > self.place and self.lexicon.heads.at(begins, 0):
            self.found.still = self._said_besides(begins.strip(" .;,:"))
            if not self.found.companions:
                self.found.first = len(self.found.pieces)
                self.place = join
                companion = self._item(open_=True)
                self.found.companions = [companion] if companion else [NamedPaper(None, begins.strip())]
        self.found.unread = rest
        return self.found

    def _said_besides(self, rest: str) -> str:
        """Further companions after those that a comma set apart."""
        return f"{self.found.still}; {rest}" if self.found.companions else rest

    # -- one paper ------------------------------------------------------------------------------------

    def _item(self, *, open_: bool = False) -> NamedPaper | None:
        """A paper with what is said about it; `open_`: one that is known only to be a paper will do."""
        here = len(self.found.pieces), self.place
        while self._take(self.lexicon.one_of, WordKind.ONE_OF) or self._form():
            pass
        start = self.place
        named = self._named_at(start)
        if named:
            end, rule = named
            self._move(end, WordKind.PAPER)
            item = NamedPaper(rule, self.text[start:end].strip())
        elif open_ and (end := self.lexicon.others.at(self.text, start)) > start:
            self._move(end, WordKind.OTHER)
            item = NamedPaper(None, self.text[start:end].strip(), catch_all=True)
        elif open_ and self.lexicon.heads.at(self.text, start) > start:
            end = self._clause(start)
            item = NamedPaper(None, self.text[start:end].strip())
            self._danger(item.words)
            self._move(end, WordKind.OTHER)
        else:
            self._back(here)
            return None
        while self._tail(item):
            pass
        if self.found.one_of:
            self._bundled(item)
        return item

    def _bundled(self, item: NamedPaper) -> None:
        """ "A kèm theo B" as one of several: both are wanted together, and other alternatives remain."""
        join = self.lexicon.joins.at(self.text, self.place)
        if join == self.place or self.text[self.place] in ".;,-&+":
            return
        here = len(self.found.pieces), self.place
        self._move(join, WordKind.JOIN)
        other = self._item(open_=False)
        if other is None:
            self._back(here)
            return
        item.rule, item.words = None, f"{item.words} + {other.words}"

    def _tail(self, item: NamedPaper) -> bool:
        here = len(self.found.pieces), self.place
        if self.text.startswith("( ", self.place):
            if self.lexicon.qualifiers.at(self.text, self.place) > self.place and self._said(item):
                return True
            if self._brackets(item):
                return True
            self._back(here)
            return False
        if self.text.startswith((", ", "; ", ": "), self.place):
            self.place += 2
        if self._said(item):
            return True
        self._back(here)
        return False

    def _brackets(self, item: NamedPaper) -> bool:
        """A bracket all of whose words are understood."""
        self.place += 2
        if of_copy := self._of_the_copy(self.place, bracket=True):
            self._move(of_copy, WordKind.NOTE)
        instead = OR[self.lexicon.folded].match(self.text, self.place) is not None  # "( hoặc hộ chiếu )"
        while True:
            if self.text.startswith(") ", self.place):
                self.place += 2
                return True
            here = self.place
            if self._said(item) or self._form() or self._note():
                continue
            if found := re.compile(r"(?:(?:[,;.:/]|hoặc|hoac|và|va) )+").match(self.text, self.place):
                self.place = found.end()
                continue
            named = self._named_at(here)
            if named is None or item.rule is None or (named[1].proves != item.rule.proves and not instead):
                return False
            if named[1].proves != item.rule.proves:
                self.found.items.append(NamedPaper(named[1], self.text[here : named[0]].strip()))
            self._move(named[0], WordKind.PAPER)
