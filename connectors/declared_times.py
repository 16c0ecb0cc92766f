"""Times in a source's own form, declared by it: `dd/MM/yyyy HH:mm:ss`, as ISO 8601.

Letters as .NET, Java and Excel write them: yyyy MM dd, HH (0 to 23) or hh with tt (AM, PM), mm ss, f to fffffff.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

from contracts.model import Dataset, Kind

from . import options
from .interface import System

_LETTERS = {
    "yyyy": "%Y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "hh": "%I",
    "mm": "%M",
    "ss": "%S",
    "tt": "%p",
}
_PART = re.compile(r"f{1,9}|([A-Za-z])\1*|.", re.DOTALL)


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
        parts = [match[0] for match in _PART.finditer(form)]
        unknown = [part for part in parts if part[0].isalpha() and part not in _LETTERS and part.strip("f")]
        due = ("yyyy", "MM", "dd") + (("mm",) if clock else ())
        hours = not clock or ("HH" in parts) != ("hh" in parts and "tt" in parts)
        if unknown or not hours or any(parts.count(part) != 1 for part in due):
            hint = "yyyy MM dd HH mm ss, hh with tt for AM and PM, f for a fraction; all else stands as it is"
            raise options.wrong(system, "times", f"times cannot read the form of {name}", hint=hint)
    return given


def in_iso(text: pl.Expr, form: str, dataset: Dataset, name: str) -> pl.Expr:
    """Texts of a declared form as ISO 8601; all others as they came, for the contract's rule to refuse."""
    head, tail, wanted, part_of_second = "", "", "", ""
    for match in _PART.finditer(form):
        part = match[0]
        if not part.strip("f"):
            part_of_second = f"([0-9]{{1,{len(part)}}})"
            continue
        shape = "[AaPp][Mm]" if part == "tt" else f"[0-9]{{{len(part)}}}" if part in _LETTERS else re.escape(part)
        head, tail = (head, tail + shape) if part_of_second else (head + shape, tail)
        wanted += _LETTERS.get(part) or part.replace("%", "%%")
    shape = f"^({head}){part_of_second or '()'}({tail})$"
    whole = text.str.replace(shape, "${1}${3}")
    second = text.str.extract(shape, 2).str.head(6).str.pad_end(6, "0").cast(pl.Int64, strict=False).fill_null(0)
    read = pl.when(text.str.contains(shape)).then(whole).str.strptime(pl.Datetime("us"), wanted, strict=False)
    read = read + pl.duration(microseconds=second)
    moment = dataset.by_name[name].kind is Kind.TIMESTAMP
    written = read.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f" if moment and part_of_second else _ISO[moment])
    return pl.when(read.dt.year() >= 1).then(written).otherwise(text)


_ISO = {True: "%Y-%m-%dT%H:%M:%S", False: "%Y-%m-%d"}
