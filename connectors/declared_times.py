"""Times in a source's own form, declared by it: `dd/MM/yyyy HH:mm:ss`, as ISO 8601.

Letters as .NET, Java and Excel write them: yyyy, MM or M or MMM (Jan), dd or d, HH or H (0 to 23) or hh or h with tt
(AM and PM, or SA and CH as Windows has them in Vietnam), mm or m, ss or s, f to fffffff; 'so' for letters that stand as
they are; after 'UTC', 'GMT' or 'Z' a time is of that zone. A single letter takes one digit or two, and a blank takes
several.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import polars as pl

from contracts.local_time import LOCAL
from contracts.model import Dataset, Kind

from . import options
from .interface import System

_LETTERS: Mapping[str, tuple[str, str]] = {
    "yyyy": ("year", "[0-9]{4}"),
    "MM": ("month", "[0-9]{2}"),
    "M": ("month", "[0-9]{1,2}"),
    "MMM": ("name", "[A-Za-z]{3}"),
    "dd": ("day", "[0-9]{2}"),
    "d": ("day", "[0-9]{1,2}"),
    "HH": ("hour", "[0-9]{2}"),
    "H": ("hour", "[0-9]{1,2}"),
    "hh": ("half", "[0-9]{2}"),
    "h": ("half", "[0-9]{1,2}"),
    "mm": ("minute", "[0-9]{2}"),
    "m": ("minute", "[0-9]{1,2}"),
    "ss": ("second", "[0-9]{2}"),
    "s": ("second", "[0-9]{1,2}"),
    "tt": ("noon", "[AaPp][Mm]|[Ss][Aa]|[Cc][Hh]"),
}
"""Letters -> the part of a time that they stand for, and how it is written."""
_DIGITS = frozenset(_LETTERS) - {"MMM", "tt"}
_LOOSE = frozenset(each for each in _DIGITS if len(each) == 1)
"""Of one digit or two: another number must not follow at once, 1112022 is two days."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PART = re.compile(r"f{1,9}|'[^']+'|([A-Za-z])\1*|.", re.DOTALL)
_OF_UTC = frozenset(("'Z'", "'UTC'", "'GMT'"))
"""Letters that say of which zone a time is. Without them it is a local one."""


def declared(system: System, contract: str, dataset: Dataset) -> Mapping[str, str]:
    """Field -> its form, by the option `times: {contract: {field: form}}`; checked when a source is opened.

    Raises:
        DeploymentInvalid: no such field, or a form that leaves out what makes a moment or a day.
    """
    given: dict[str, str] = options.value(system, "times", dict[str, dict[str, str]], default={}).get(contract, {})
    for name, form in given.items():
        field = dataset.by_name.get(name)
        if field is None or field.kind not in (Kind.TIMESTAMP, Kind.PARTIAL_DATE):
            raise options.wrong(system, "times", f"times names {name}, which is no time or date of {contract}")
        clock = field.kind is Kind.TIMESTAMP
        written = [match[0] for match in _PART.finditer(form)]
        unknown = [each for each in written if each[0].isalpha() and each not in _LETTERS and each.strip("f")]
        parts = [_LETTERS[each][0] for each in written if each in _LETTERS]
        parts += ["fraction"] * sum(not each.strip("f") for each in written)
        months = ("month" in parts) != ("name" in parts)
        runs = any(_LOOSE & {one, other} and {one, other} <= _DIGITS for one, other in pairwise(written))
        hours = ("half" in parts) == ("noon" in parts) and (not clock or ("hour" in parts) != ("half" in parts))
        due = {"year", "day"} | ({"minute"} if clock else set())
        if unknown or runs or not months or not hours or due - set(parts) or len(parts) != len(set(parts)):
            hint = (
                "yyyy, MM, M or MMM, dd or d, HH or H, hh or h with tt for AM and PM, mm or m, ss or s, f for a"
                " fraction, each once, single letters with something between; other letters in '...'; all else as it is"
            )
            raise options.wrong(system, "times", f"times cannot read the form of {name}", hint=hint)
    return given


def in_iso(text: pl.Expr, form: str, dataset: Dataset, name: str) -> pl.Expr:
    """Texts of a declared form as ISO 8601; all others as they came, for the contract's rule to refuse."""
    shape, has = _shape(form)
    part = text.str.extract_groups(shape).struct
    absent = pl.lit("0")

    def number(of: str) -> pl.Expr:
        return (part.field(of) if of in has else absent).cast(pl.Int32, strict=False)

    hour = number("hour")
    if "half" in has:
        afternoon = part.field("noon").str.to_lowercase().is_in(["pm", "ch"])
        hour = pl.when(number("half").is_between(1, 12)).then(number("half") % 12 + afternoon.cast(pl.Int32) * 12)
    month = number("month")
    if "name" in has:
        numbers = {each: str(at) for at, each in enumerate(_MONTHS, 1)}
        month = part.field("name").str.to_lowercase().replace_strict(numbers, default=None).cast(pl.Int32)
    whole = [number("year"), month, number("day"), hour, number("minute"), number("second")]
    padded = [each.cast(pl.String).str.zfill(4 if at == 0 else 2) for at, each in enumerate(whole)]
    read = pl.concat_str(padded).str.to_datetime("%Y%m%d%H%M%S", time_unit="us", strict=False)
    if "fraction" in has:
        micros = part.field("fraction").str.head(6).str.pad_end(6, "0").cast(pl.Int64, strict=False)
        read = read + pl.duration(microseconds=micros)
    moment = dataset.by_name[name].kind is Kind.TIMESTAMP
    zone = (
        "+00:00"
        if moment and any(part.upper() in _OF_UTC for part in (each[0] for each in _PART.finditer(form)))
        else ""
    )
    written = read.dt.strftime(f"{'%Y-%m-%dT%H:%M:%S%.6f' if moment and 'fraction' in has else _ISO[moment]}{zone}")
    return pl.when(read.dt.year() >= 1).then(written).otherwise(text)


_WRITTEN = {
    "yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S",
}  # fmt: skip
"""Letters of a form in which a time can be asked for -> those of strftime."""


def fault_in_writing(form: str) -> str:
    """Why no time can be written in a form; empty: it can."""
    parts = [match[0] for match in _PART.finditer(form)]
    unknown = [each for each in parts if each[0].isalpha() and each not in _WRITTEN]
    lacking = sorted({"yyyy", "MM", "dd"} - set(parts))
    if unknown or lacking or ("ss" in parts and "mm" not in parts) or ("mm" in parts and "HH" not in parts):
        return f"no time can be asked for as {form!r}: write yyyy, MM, dd, HH, mm, ss, each as it is, letters in '...'"
    return ""


def written(moment: datetime, form: str, *, up: bool = False) -> str:
    """A moment in a form, in local time (in UTC, if the form says so). What the form has no letters for is cut off.

    `up`: rounded up, so that what the form cannot say is inside of a span that ends there.
    """
    parts = [match[0] for match in _PART.finditer(form)]
    local = moment.astimezone(UTC if any(part.upper() in _OF_UTC for part in parts) else LOCAL)
    cut = local.replace(
        microsecond=0,
        second=local.second if "ss" in parts else 0,
        minute=local.minute if "mm" in parts else 0,
        hour=local.hour if "HH" in parts else 0,
    )
    if up and cut < local and "HH" in parts:  # a day without a clock is meant to its end
        step = {"seconds": 1} if "ss" in parts else {"minutes": 1} if "mm" in parts else {"hours": 1}
        cut += timedelta(**step)
    return "".join(cut.strftime(_WRITTEN[part]) if part in _WRITTEN else part.strip("'") for part in parts)


def _shape(form: str) -> tuple[str, frozenset[str]]:
    """A form as a regular expression with a named group for each part, and the names of these."""
    shape, names = "", set[str]()
    for match in _PART.finditer(form):
        part = match[0]
        if not part.strip("f"):
            name, digits = "fraction", f"[0-9]{{1,{len(part)}}}"
        elif part in _LETTERS:
            name, digits = _LETTERS[part]
        else:
            shape += " +" if part == " " else re.escape(part.strip("'") or part)
            continue
        names.add(name)
        shape += f"(?<{name}>{digits})"
    return f"^{shape}$", frozenset(names)


_ISO = {True: "%Y-%m-%dT%H:%M:%S", False: "%Y-%m-%d"}
