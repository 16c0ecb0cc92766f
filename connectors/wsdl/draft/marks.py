"""What beside the records of a reply most likely says whether it is whole, guessed by names for a person to decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..nodes import steps
from ..shape import Node

INTEGERS = frozenset(
    (
        *("int", "integer", "long", "short", "byte", "nonNegativeInteger", "positiveInteger"),
        *("unsignedInt", "unsignedLong", "unsignedShort"),
    )
)
_TOTALS = frozenset(
    (
        *("total", "tongso", "tong", "count", "tongsobanghi", "tongbanghi", "sobanghi", "tongsodong", "tongsoluong"),
        *("soluong", "totalcount", "totalrecords", "totalresults", "totalitems", "totalrows", "totalnumber"),
        *("recordcount", "resultcount", "rowcount", "numberofrecords", "numberofresults", "numberofrows"),
    )
)
_MORE = (
    *("more", "connua", "contiep", "hasnext", "conlai", "condulieu", "next", "tiep", "remaining"),
    *("truncat", "cursor"),
)
_LAST = ("last", "cuoi", "complete", "hetdulieu", "daydu")
_DELETED = ("xoa", "delete", "huy", "remove", "thuhoi", "revoke")


def marks(around: Mapping[str, Node]) -> Iterator[tuple[str, str, str]]:
    """What beside the records most likely says whether the reply is whole: key of the plan, path, question."""
    free = dict(around)
    for name, kinds, question in (
        ("total", frozenset({*INTEGERS, "string"}), "whether it is the number of all records that were asked for"),
        ("more", frozenset({"boolean", *INTEGERS, "string"}), "whether it says that records are left"),
        ("last", frozenset({"boolean"}), "whether it says that nothing is left"),
        ("deleted", None, "whether these are keys of records that were deleted at the source"),
    ):
        path = next((path for path, node in free.items() if _looks_like(name, path, node, kinds)), None)
        if path is not None:
            del free[path]
            yield name, path, question


def _looks_like(mark: str, path: str, node: Node, kinds: frozenset[str] | None) -> bool:
    last = _letters(steps(path)[-1])
    if mark == "deleted":  # the name may stand on what is around the list
        return node.many and any(word in _letters(path) for word in _DELETED)
    if node.many or node.text is None or (kinds is not None and node.text.base not in kinds):
        return False
    if mark == "total":
        return last in _TOTALS
    return any(word in last for word in (_MORE if mark == "more" else _LAST))


def _letters(name: str) -> str:
    return "".join(each for each in name.casefold() if each.isalpha())
