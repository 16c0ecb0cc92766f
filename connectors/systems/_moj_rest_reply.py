"""Replies of the registry's REST facade: their envelope, and the pages that need a word of ours."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import msgspec

from contracts.errors import HubError

from ..errors import AuthenticationFailed, Malformed
from ..http.client import HttpReply
from ..interface import RecordRefusal
from ..rest.json_envelope import refuse_beside
from ..rest.json_text import NO_JSON, DamagedJson, goes_on, is_cut_off, marked, parse, text_of, unreadable
from ..rest.session import SHAPE_HINT, place_of
from ..wire_time import is_storable
from ._moj_codes import meaning

AGREED = frozenset({"status", "statusDescription", "errorCode", "value", "data", "errors"})
SMALL = 4096
"""Largest reply, in bytes, that is checked for a refused token: a page of records is not parsed twice."""
OURS = frozenset({"dsMaHoSo", "khongDocDuoc"})
"""Members that only this module writes, into a page that would not be understood without them."""


class RestRefusal(msgspec.Struct):
    """A record that the registry refuses."""

    errorCode: str | int
    id: str | int = ""


class Unread(msgspec.Struct):
    """A reply about one record that is no JSON where its records stand."""

    id: str
    content: str
    """Base64."""
    listed: bool = False
    """Whether the reply lacks the record, and no refusal names it."""


class RestReply(msgspec.Struct):
    """The envelope of every reply. `statusDescription` is not read: servers put records into it."""

    status: str | int
    errorCode: str | int | None = None
    value: list[Any] | msgspec.UnsetType | None = msgspec.UNSET
    data: str | None = None
    errors: list[RestRefusal] | None = None
    dsMaHoSo: list[str] | None = None
    """The ids that were asked for, where a record came that is none of them."""
    khongDocDuoc: Unread | None = None

    @property
    def entries(self) -> list[Any]:
        """The entries of a list; null is an empty one."""
        return self.value or []


def understood(body: bytes, about: str, *, landed: bool = False) -> RestReply:
    """The envelope, if both its status and its code report success. `landed`: it may have members of ours.

    Raises:
        Incomplete: truncated.
        Malformed: of another shape, a key twice, or a list that nobody reads; with a clause: damaged, and perhaps one
            record is to blame.
    """
    text = text_of(body)
    try:
        content = parse(text)
    except DamagedJson as damage:
        content = _despite(text, damage, about)
    if not isinstance(content, dict):
        raise Malformed(f"{about}: the JSON is no object", hint=SHAPE_HINT)
    if not landed:
        content = {name: value for name, value in content.items() if name not in OURS}
    try:
        answer = msgspec.convert(content, RestReply)
    except msgspec.ValidationError as error:
        raise Malformed(
            f"{about}: the JSON has another shape than agreed: {place_of(error)}", hint=SHAPE_HINT
        ) from None
    except UnicodeEncodeError:  # a name of a member that holds half a character
        raise Malformed(f"{about}: the JSON has another shape than agreed", hint=SHAPE_HINT) from None
    status, code = str(answer.status), "" if answer.errorCode is None else str(answer.errorCode)
    if status not in ("0", "1"):
        raise Malformed(f"{about}: a status that is neither 1 nor 0", hint=SHAPE_HINT)
    if status == "0" or code not in ("", "0"):
        raise meaning(code or "0", about)
    refuse_beside(content, AGREED | OURS, about)
    return answer


def _despite(text: str, damage: DamagedJson, about: str) -> Any:
    """The envelope of a damaged reply whose damage lies within its texts."""
    if damage.clause != NO_JSON or is_cut_off(text, damage) or goes_on(text):
        raise unreadable(text, damage, about)
    try:
        return parse(marked(text))
    except DamagedJson:
        whole = unreadable(text, damage, about)
        if '"status"' not in text or '"data"' not in text:
            raise whole from None
        raise Malformed(whole.message, hint=whole.hint, clause=NO_JSON) from None


def with_asked(reply: HttpReply, ids: Sequence[str]) -> bytes:
    """The reply with the ids that were asked for: without them, a record of another id looks like any other."""
    content = parse(marked(text_of(reply.body)))
    return json.dumps({**content, "dsMaHoSo": list(ids)}).encode()  # ASCII: damaged characters stay what they were


def unread_body(reply: HttpReply, record_id: str, *, listed: bool = False) -> bytes:
    """A page of one record whose reply cannot be read, with the bytes received; `listed` as in `Unread`."""
    unread = Unread(record_id, base64.b64encode(reply.body).decode("ascii"), listed)
    return msgspec.json.encode({"status": 1, "khongDocDuoc": unread})


def refused_body(record_id: str, code: str) -> bytes:
    """A page without records: the registry refuses the one that was asked for."""
    return msgspec.json.encode({"status": 1, "errors": [{"id": record_id, "errorCode": code}]})


def unread_row(unread: Unread) -> RecordRefusal:
    """The row of `unread_body`."""
    clause = "listed, and not given when it is asked for" if unread.listed else "not readable, even alone"
    return RecordRefusal(base64.b64decode(unread.content), "data", clause, {"id": unread.id})


def entry_id(entry: object) -> str | None:
    """The id in an entry of a day's list; None: no record can be asked for by it."""
    found = entry.get("id") if isinstance(entry, dict) else None
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found if isinstance(found, str) and found and is_storable(found) else None


def require_login(body: bytes, about: str) -> None:
    """Raise AuthenticationFailed if a reply says inside HTTP 200 that the token is refused.

    What else may be wrong with it is left to its reader.
    """
    try:
        understood(body, about)
    except AuthenticationFailed:
        raise
    except HubError:
        return
