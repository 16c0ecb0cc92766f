"""Replies of the registry as text, of records that a test writes."""

from __future__ import annotations

from tests.connectors.registry_double import NAMESPACE

HEAD = '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
TAIL = "</s:Body></s:Envelope>"


def record(number: str, rest: str = "", changed: str = "2022-06-01T08:00:00+07:00") -> str:
    return (
        f"<hoSo><khaiSinh><id>{number}</id><maDonVi>27007</maDonVi><ngayCapNhat>{changed}</ngayCapNhat>"
        f"{rest}</khaiSinh></hoSo>"
    )


def reply(*records: str, name: str = "traDanhSachHoSoResponse") -> bytes:
    return f'{HEAD}<{name} xmlns="{NAMESPACE}">{"".join(records)}</{name}>{TAIL}'.encode()
