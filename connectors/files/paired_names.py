"""Files of one delivery that are named alike: `hkd_2022-06.csv` and, with the members of its records, `tv_2022-06.csv`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from contracts.errors import ContractInvalid

from .file_source import by_pattern
from .folder_state import WantedFiles
from .names import comparable


def paired(main: str, beside: Sequence[str], suffixes: Collection[str]) -> WantedFiles:
    """The files of a pattern, each with those that carry the same text where the patterns have their `*`.

    Raises:
        ContractInvalid: the patterns do not say which files belong together.
    """
    patterns = (main, *beside)
    if fault := fault_in_pairs(patterns):
        raise ContractInvalid(fault)
    each = [by_pattern(pattern, suffixes) for pattern in patterns]
    # `hkd_*.csv` fits `hkd_tv_1.csv` too: the pattern that says most of a name has it.
    order = sorted(range(len(patterns)), key=lambda at: -len(patterns[at]))

    def together(name: str) -> tuple[str, ...]:
        for at in order:
            if each[at].together(name):
                names = tuple(comparable(pattern.replace("*", _star(patterns[at], name))) for pattern in patterns)
                return names if names[at] == name else ()
        return ()

    def another_form(name: str) -> str:
        if together(name):
            return ""
        if letters := [pattern for at, pattern in enumerate(patterns) if each[at].together(name)]:
            return f"{letters[0]}, in these letters"
        return next(filter(None, (one.another_form(name) for one in each)), "")

    return WantedFiles(
        together, another_form, lambda name: not together(name) and any(one.nearly(name) for one in each)
    )


def fault_in_pairs(patterns: Sequence[str]) -> str:
    """What keeps patterns from saying which files belong together; empty: nothing."""
    if any(set(pattern) & set("?[") or pattern.count("*") > 1 for pattern in patterns):
        return "files that belong together are named by patterns with one * each, and no ? or ["
    if len({pattern.count("*") for pattern in patterns}) > 1:
        return "of files that belong together, either each pattern has a *, or none has"
    if len({comparable(pattern).casefold() for pattern in patterns}) < len(patterns):
        return "two kinds of files have the same pattern"
    return ""


def name_beside(main: str, beside: str, name: str) -> str:
    """The name of the file that belongs to one of the main pattern's."""
    return comparable(beside.replace("*", _star(main, comparable(name))))


def _star(pattern: str, name: str) -> str:
    """What stands in a name where its pattern has the `*`."""
    before, star, after = comparable(pattern).partition("*")
    return name[len(before) : len(name) - len(after)] if star else ""
