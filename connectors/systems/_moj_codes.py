"""The registry's modules and error codes, as published, and what each code means to us."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.errors import HubError

from ..codes import shown
from ..errors import AuthenticationFailed, Refused, SourceFailed
from ..xml.envelope import SoapFault

REGISTERS: Mapping[str, tuple[str, str]] = {
    "birth": ("KS", "khaiSinh"),
    "death": ("KT", "khaiTu"),
    "marriage": ("KH", "ketHon"),
    "recognition": ("CMC", "nhanChaMeCon"),
}
"""Contract -> (module, the element of one record; its type has the same name)."""

WORDS: Mapping[str, str] = {
    "100": "AUTHEN_ERROR",
    "101": "IP_DISALLOWED",
    "106": "AGENCY_ID_INCORRECT",
    "108": "PROVINCE_ID_INCORRECT",
    "200": "RECORD_UNCOMPLETE",
    "201": "RECORD_NOT_FOUND",
    "302": "DATA_TYPE_INVALID",
    "500": "DATA_INCORRECT",
}
OF_ONE_RECORD = frozenset({"200", "201"})
"""Codes that refuse one record of a list and leave the others be."""

_WSSE_REFUSALS = frozenset(
    {"FailedAuthentication", "InvalidSecurity", "InvalidSecurityToken", "FailedCheck", "MessageExpired"}
)


def meaning(code: str, about: str) -> HubError:
    """Our error for one of the registry's codes."""
    words = f"{about}: the registry answers {shown(code)} {WORDS.get(code, '(not of its published codes)')}"
    if code in ("100", "101"):
        return AuthenticationFailed(
            words, hint="check user and password" if code == "100" else "the Ministry must allow our address"
        )
    return Refused(words, code=shown(code))


def fault_meaning(fault: SoapFault, maLoi: str, about: str) -> HubError:
    """Our error for a Fault; `maLoi` is the tag that holds the code in its detail."""
    code = next((text for tag, text in fault.details if tag == maLoi and text in WORDS), None)
    if code is not None:
        return meaning(code, about)
    if fault.kind in _WSSE_REFUSALS:
        return AuthenticationFailed(
            f"{about}: a Fault {fault.kind}", hint="check user, password, and that both clocks agree"
        )
    if fault.kind.partition(".")[0] == "Client":
        return Refused(f"{about}: a Fault {fault.kind} without a known code", code=fault.kind)
    return SourceFailed(f"{about}: a Fault {fault.kind}")
