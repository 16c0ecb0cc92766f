"""Reads a question of module BS: `<hotich><hoso>...</hoso></hotich>`, or the same as JSON.

Faults name a field, never a value.

Implementers publish the field names: `cbs...` is the person of the copy, `nyc...` the applicant, `...TruocDay` the old
registration. The code list of `loaiBanSao` is not public; the module codes of the four registers stand in for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from connectors.xml import parsing
from contracts.errors import HubError
from hub.answers.ministry.codes import MinistryRefusal
from hub.evidence.people import Entry, Subject
from quality.values import partial_dates

KINDS: Mapping[str, str] = {
    "KS": "register:birth",
    "KT": "register:death",
    "KH": "register:marriage",
    "CMC": "register:recognition",
}
MOST_CHARS = 20_000
NUMBER = re.compile(r"[0-9]{9}|[0-9]{12}")
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 excludes. JSON has them; a database or UTF-8 refuses some."""


@dataclass(frozen=True)
class QuestionField:
    """One field: its greatest length and its allowed values."""

    length: int
    says: Callable[[str], bool] = bool
    form: str = ""
    """The expected form, for the sentence of a fault."""


def _one_of(*values: str) -> Callable[[str], bool]:
    return lambda value: value in values


def _matches(pattern: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(pattern, value) is not None


def _person(prefix: str) -> dict[str, QuestionField]:
    plain = QuestionField(200)
    address = {f"{prefix}NoiCuTru.{part}": QuestionField(500) for part in ("maTinh", "maHuyen", "maXa", "dcChiTiet")}
    return address | {
        **{f"{prefix}HoTen.{part}": QuestionField(100) for part in ("Ho", "ChuDem", "Ten")},
        f"{prefix}NoiCuTru.quocGia": QuestionField(2, _matches("[A-Z]{2}"), "mã ISO 3166-1 hai chữ"),
        f"{prefix}LoaiCuTru": QuestionField(1, _one_of("0", "1", "2"), "0, 1 hoặc 2"),
        f"{prefix}LoaiGiayToTuyThan": QuestionField(2, _matches("[0-9]{1,2}"), "mã số"),
        f"{prefix}SoGiayToTuyThan": QuestionField(50),
        f"{prefix}NoiCapGiayToTuyThan": plain,
        f"{prefix}NgayCapGiayToTuyThan": QuestionField(10),
    }


FIELDS: Mapping[str, QuestionField] = {
    "loaiBanSao": QuestionField(4, _one_of(*KINDS), "KS, KT, KH hoặc CMC"),
    "loaiBSCC": QuestionField(10),
    "noiDangKy": QuestionField(500),
    "noiDangKyTruocDay": QuestionField(500),
    "soDangKyTruocDay": QuestionField(50),
    "quyenSoDangKyTruocDay": QuestionField(50),
    "ngayDangKyTruocDay": QuestionField(10),
    "thongTinKhac": QuestionField(4000),
    **_person("cbs"),
    "cbsGioiTinh": QuestionField(1, _one_of("1", "2", "3"), "1, 2 hoặc 3"),
    **{f"cbsNgaySinh.{part}": QuestionField(4, str.isdecimal, "số") for part in ("ngaySinh", "thangSinh", "namSinh")},
    "cbsDanToc": QuestionField(10, _matches("[0-9]+"), "mã số"),
    "cbsDanTocKhac": QuestionField(100),
    "cbsQuocTich": QuestionField(2, _matches("[A-Z]{2}"), "mã ISO 3166-1 hai chữ"),
    "cbsSoDDCN": QuestionField(12, _matches("[0-9]{12}"), "12 chữ số"),
    **_person("nyc"),
    "nycQuanHe": QuestionField(200),
    "nycSoDienThoai": QuestionField(20),
    "nycEmail": QuestionField(320),
}


@dataclass(frozen=True)
class WantedRecord:
    """Which copy of whose entry."""

    type: str
    subject: Subject


def read(data: str) -> WantedRecord:
    """The question.

    Raises:
        MinistryRefusal: 302 with each field at fault, or 500 if the person of the copy cannot be found by it.
    """
    values = _flat(data)
    faults = [(name, text) for name, value in values.items() if (text := _fault(name, value))]
    born = _joined(values, "cbsNgaySinh", ("namSinh", "thangSinh", "ngaySinh"), faults)
    registered = _partial("ngayDangKyTruocDay", values.get("ngayDangKyTruocDay"), faults)
    if "loaiBanSao" not in values:
        faults.append(("loaiBanSao", "loaiBanSao bắt buộc phải có"))
    if faults:
        raise MinistryRefusal("302", faults)
    subject = _subject(values, born, registered)
    if not subject.searchable:
        lacks = "Phải có cbsSoDDCN, hoặc số, quyển số và nơi đăng ký trước đây, hoặc cbsHoTen và cbsNgaySinh"
        raise MinistryRefusal("500", (("cbsSoDDCN", lacks),))
    return WantedRecord(KINDS[values["loaiBanSao"]], subject)


def _subject(values: Mapping[str, str], born: str | None, registered: str | None) -> Subject:
    number = values.get("cbsSoGiayToTuyThan", "")
    number = number if NUMBER.fullmatch(number) else ""
    number_then, book, where = (
        values.get(name) for name in ("soDangKyTruocDay", "quyenSoDangKyTruocDay", "noiDangKyTruocDay")
    )
    return Subject(
        personal_id=values.get("cbsSoDDCN") or (number if len(number) == 12 else None),
        old_id=number if len(number) == 9 else None,
        name=" ".join(filter(None, (values.get(f"cbsHoTen.{part}") for part in ("Ho", "ChuDem", "Ten")))) or None,
        born=born,
        entry=Entry(number_then, book, where, registered) if number_then and book and where else None,
    )


def _flat(data: str) -> dict[str, str]:
    """Field -> text, parts of a field as `field.part`; empty fields are left out."""
    if len(data) > MOST_CHARS:
        raise MinistryRefusal("302", (("data", f"data có độ dài vượt quá {MOST_CHARS} ký tự"),))
    try:
        found = (
            _from_json(json.loads(data, object_pairs_hook=_once)) if data.lstrip().startswith("{") else _from_xml(data)
        )
        values = _once(found)
    except (HubError, ValueError, TypeError, AttributeError, RecursionError):
        raise MinistryRefusal("302", (("data", "data không phải là XML hotich/hoso hoặc JSON hợp lệ"),)) from None
    return {name: text.strip() for name, text in values.items() if text.strip()}


def _from_xml(data: str) -> list[tuple[str, str]]:
    root = parsing.read(data.encode(), "data", parsing.Caps(tags=400, attributes=400))
    if root.tag != "hotich" or [each.tag for each in root] != ["hoso"]:
        raise ValueError("hotich/hoso")
    found = [
        (f"{field.tag}.{part.tag}" if part is not field else str(field.tag), part.text or "")
        for field in root[0]
        for part in (field if len(field) else (field,))
    ]
    if any(len(part) for field in root[0] for part in field):
        raise ValueError("too deep")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Pairs as a dict. Raises ValueError for a repeated name, which two readers could resolve differently."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("twice")
    return found


def _from_json(document: Any) -> list[tuple[str, str]]:
    if "hoso" in document:
        [document] = document.values()
    found = list[tuple[str, str]]()
    for name, value in document.items():
        parts = {f"{name}.{part}": each for part, each in value.items()} if isinstance(value, dict) else {name: value}
        for where, each in parts.items():
            if not isinstance(each, str | int | None) or isinstance(each, bool):
                raise ValueError("neither text nor number")
            found.append((where, "" if each is None else str(each)))
    return found


def _fault(name: str, value: str) -> str | None:
    known = FIELDS.get(name)
    if known is None:
        return f"{name if re.fullmatch(r'[A-Za-z.]{1,60}', name) else 'Một trường'} không có trong mô-đun BS"
    if UNWRITABLE.search(value):
        return f"{name} có ký tự không hợp lệ"
    if len(value) > known.length:
        return f"{name} có độ dài vượt quá {known.length} ký tự"
    return None if known.says(value) else f"{name} không hợp lệ, phải là {known.form}"


def _joined(
    values: Mapping[str, str], field: str, parts: tuple[str, str, str], faults: list[tuple[str, str]]
) -> str | None:
    """A date in three parts, of which day, or day and month, may be missing."""
    year, month, day = (values.get(f"{field}.{part}") for part in parts)
    if not year:
        if month or day:
            faults.append((field, f"{field} phải có năm"))
        return None
    if day and not month:
        faults.append((field, f"{field} có ngày nhưng không có tháng"))
        return None
    return _partial(field, "-".join(filter(None, (year, month and month.zfill(2), day and day.zfill(2)))), faults)


def _partial(field: str, text: str | None, faults: list[tuple[str, str]]) -> str | None:
    found = partial_dates.parse(text) if text else None
    if text and found is None:
        faults.append((field, f"{field} không phải là ngày, phải là dd.MM.yyyy, MM.yyyy hoặc yyyy"))
    return found.text if found else None


def written(values: Mapping[str, Any]) -> str:
    """Fields of an entry as the same kind of message."""
    root = etree.Element("hotich")
    record = etree.SubElement(root, "hoso")
    for name, value in values.items():
        if value not in (None, ""):
            etree.SubElement(record, name).text = UNWRITABLE.sub("\ufffd", str(value))
    return etree.tostring(root, encoding="unicode")
