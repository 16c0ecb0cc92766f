"""The one-stop twins over the wire, asked with nothing but an HTTP client."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import http.client
import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from starlette.requests import Request

from twins.city.fields import CHILD_FIELDS, CHILD_LISTS, DOSSIER_FIELDS
from twins.clock import Clock
from twins.control import Control
from twins.faults import Faults
from twins.population import City

Wire = Answer = Any
"""Of conftest.py, which may not be imported."""


def page(wire: Wire, headers: dict[str, str], unit: str = "760", **query: str) -> Answer:
    """One page."""
    text = "&".join(f"{name}={value}" for name, value in query.items())
    return wire.call("GET", f"/one-stop/{unit}/DongBoHoSoMC?{text}", headers=headers)


def read_all(wire: Wire, unit: str, size: int, since: str = "") -> list[dict[str, Any]]:
    """All dossiers of a unit, page after page."""
    headers, found = wire.headers(unit), list[dict[str, Any]]()
    query = {"soLuong": str(size)} | ({"tuNgay": since} if since else {})
    while True:
        data = page(wire, headers, unit, **query).json()
        assert "0" == data["error_code"]
        assert data["count"] == len(data["result"])
        found += data["result"]
        if not data["hasMore"]:
            return found
        last = data["result"][-1]
        query |= {"tuNgay": last["NgayCapNhat"], "sauMaHoSo": last["MaHoSo"]}


@pytest.mark.parametrize("size", [7, 64, 1000])
def test_pages_of_any_size_give_every_dossier(wire: Wire, city: City, size: int) -> None:
    """No page border loses or doubles a dossier, also among those changed in one second."""
    expected = city.filed.dossier.filter(city.filed.dossier["_system"] == "one-stop-770")

    found = read_all(wire, "770", size)

    keys = [(d["NgayCapNhat"], d["MaHoSo"]) for d in found]
    assert keys == sorted(keys)
    assert sorted(expected["MaHoSo"]) == sorted(d["MaHoSo"] for d in found)
    assert max(expected["NgayCapNhat"].value_counts()["count"]) > 3  # there are ties to fall over


def test_dossier_has_the_published_fields(wire: Wire) -> None:
    """Names as in DongBoHoSoMC, children under their lists, all leaves texts."""
    found = read_all(wire, "760", 1000)
    flattened = {"DinhDanhCHS_CCCD", "DinhDanhCHS_CMND"}

    for dossier in found:
        assert set(DOSSIER_FIELDS) - flattened | {"DinhDanhCHS", *CHILD_LISTS.values()} == set(dossier)
        for kind, name in CHILD_LISTS.items():
            assert all(set(CHILD_FIELDS[kind]) == set(child) for child in dossier[name])
        assert all(isinstance(value, (str, list)) for value in dossier.values())


def test_window_is_inclusive_at_both_ends(wire: Wire) -> None:
    """tuNgay and denNgay belong to the window."""
    stamps = sorted({d["NgayCapNhat"] for d in read_all(wire, "760", 1000)})
    first, last = stamps[10], stamps[20]

    data = page(wire, wire.headers("760"), tuNgay=first, denNgay=last, soLuong="1000").json()

    assert {first, last} <= {d["NgayCapNhat"] for d in data["result"]}
    assert stamps[10:21] == sorted({d["NgayCapNhat"] for d in data["result"]})


def test_digest_and_date_are_of_the_reply(wire: Wire) -> None:
    """The digest is over the content as it travels, also gzipped; Date is the twin's clock."""
    headers = wire.headers("760")
    plain, packed = page(wire, headers, soLuong="50"), page(wire, headers | {"Accept-Encoding": "gzip"}, soLuong="50")

    assert "gzip" == packed.headers["content-encoding"]
    assert plain.body == gzip.decompress(packed.body)
    for answer in (plain, packed):
        digest = base64.b64encode(hashlib.sha256(answer.body).digest()).decode()
        assert f"sha-256=:{digest}:" == answer.headers["content-digest"]
        assert "2022-06-02T01:0" == parsedate_to_datetime(answer.headers["date"]).isoformat()[:15]


def test_token_is_needed_bound_to_its_unit_and_expires(wire: Wire) -> None:
    """Wrong secret, no token, another unit's token, an old token: 401 each."""
    headers = wire.headers("760")

    assert 401 == wire.token("760", secret="wrong").status
    assert 401 == page(wire, headers | {"Authorization": "Bearer x"}).status
    assert 401 == page(wire, headers, unit="770").status
    assert 200 == page(wire, headers).status
    wire.control("clock", {"advance_s": 3601})
    assert 401 == page(wire, headers).status


@pytest.mark.parametrize("gateway", ["", "bm90IGpzb24=", base64.b64encode(b'{"AccessKey": "ak"}').decode()])
def test_gateway_header_is_needed(wire: Wire, gateway: str) -> None:
    """lgspaccesstoken is judged besides the bearer token."""
    assert 403 == page(wire, wire.headers("760") | {"lgspaccesstoken": gateway}).status


@pytest.mark.parametrize("query", [{"soLuong": "1001"}, {"soLuong": "x"}, {"tuNgay": "2022-06-01"}, {"sauMaHoSo": "A"}])
def test_refusal_may_come_inside_200(wire: Wire, query: dict[str, str]) -> None:
    """A wrong request is answered by an error code in a polite envelope."""
    answer = page(wire, wire.headers("760"), **query)

    assert 200 == answer.status
    assert "0" != answer.json()["error_code"]
    assert [] == answer.json()["result"]


def test_change_moves_a_system_on(wire: Wire) -> None:
    """Changed and new dossiers come with the twin's now, and only they."""
    before = {d["MaHoSo"]: d for d in read_all(wire, "765", 1000)}

    answer = wire.control("change", {"system": "one-stop-765", "count": 20, "seed": 5}).json()
    after = read_all(wire, "765", 1000, since="20220602080000")

    assert {"changed": 14, "new": 6} == answer
    assert 6 == sum(d["MaHoSo"] not in before for d in after)
    assert 20 == len(after)
    assert all(d != before.get(d["MaHoSo"]) for d in after)


def test_null_share_blanks_a_field_and_stays_well_formed(wire: Wire) -> None:
    """A page that is complete by count and digest, and wrong as a whole: the case for holding a batch."""
    wire.control(
        "faults", [{"kind": "null-share", "field": "NgayTiepNhan", "match": {"system": "one-stop-760"}, "times": 1}]
    )

    headers = wire.headers("760")  # a login does not use it up
    answer = page(wire, headers, soLuong="100")

    digest = base64.b64encode(hashlib.sha256(answer.body).digest()).decode()
    assert f"sha-256=:{digest}:" == answer.headers["content-digest"]
    assert 100 == answer.json()["count"] == len(answer.json()["result"])
    assert {""} == {d["NgayTiepNhan"] for d in answer.json()["result"]}


@pytest.mark.parametrize(
    ("kind", "shows"),
    [
        ("html", lambda a: a.status == 200 and a.body.startswith(b"<html>")),
        ("wrong-count", lambda a: a.json()["count"] == len(a.json()["result"]) + 1),
        ("wrong_count", lambda a: a.json()["count"] == len(a.json()["result"]) + 1),
        ("missing-record", lambda a: a.json()["count"] == len(a.json()["result"]) + 1),
        ("duplicate-record", lambda a: a.json()["result"][0] == a.json()["result"][-1]),
        (
            "wrong-digest",
            lambda a: base64.b64encode(hashlib.sha256(a.body).digest()).decode() not in a.headers["content-digest"],
        ),
        ("status-429", lambda a: a.status == 429),
        ("status-503", lambda a: a.status == 503),
        ("status-500", lambda a: a.status == 500),
        ("empty", lambda a: a.status == 200 and a.body == b""),
        ("redirect", lambda a: a.status == 302 and "location" in a.headers),
        ("truncate-clean", lambda a: not a.body.endswith(b"}")),
        ("refused", lambda a: a.status == 200 and a.json()["error_code"] != "0"),
        ("gzip-bomb", lambda a: len(gzip.decompress(a.body)) > 3 << 20 > 100 * len(a.body)),
    ],
)
def test_fault_shows_once_and_is_gone(wire: Wire, kind: str, shows: Any) -> None:
    """Each scripted fault does what it says, as often as it says."""
    headers = wire.headers("760")
    wire.control("faults", [{"kind": kind, "match": {"path": "DongBo"}, "times": 1, "args": {"megabytes": 4}}])

    faulty, healed = page(wire, headers, soLuong="20"), page(wire, headers, soLuong="20")

    assert shows(faulty)
    assert "0" == healed.json()["error_code"]
    assert 20 == healed.json()["count"]


def test_retry_after_is_reported(wire: Wire) -> None:
    """A throttled caller learns how long to wait."""
    headers = wire.headers("760")
    wire.control("faults", [{"kind": "status-429", "retry_after": 3, "match": {"op": "DongBoHoSoMC"}}])

    assert "3" == page(wire, headers).headers["retry-after"]


def test_truncated_reply_breaks_off(wire: Wire) -> None:
    """The connection closes before Content-Length is reached."""
    headers = wire.headers("760")
    wire.control("faults", [{"kind": "truncate", "match": {"op": "DongBoHoSoMC"}}])

    with pytest.raises(http.client.IncompleteRead):
        page(wire, headers)


def test_reset_connection(wire: Wire) -> None:
    """A TCP reset instead of a reply."""
    headers = wire.headers("760")
    wire.control("faults", [{"kind": "reset", "match": {"op": "DongBoHoSoMC"}}])

    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        page(wire, headers)


def test_dripping_reply_outlasts_a_patient_reader(wire: Wire) -> None:
    """Bytes keep coming, so a timeout between bytes never fires: only a total deadline helps."""
    headers = wire.headers("760")
    wire.control("faults", [{"kind": "drip", "bytes": 100, "pause": 0.05, "match": {"op": "DongBoHoSoMC"}}])
    start = time.monotonic()

    answer = page(wire, headers, soLuong="1")

    assert time.monotonic() - start > 0.5
    assert 1 == answer.json()["count"]


@pytest.mark.parametrize(
    "entry", [{"kind": "flood"}, {"kind": "html", "match": {"colour": "red"}}, {"kind": "null-share"}]
)
def test_unknown_fault_is_refused(wire: Wire, entry: dict[str, Any]) -> None:
    """A misspelt script does not pass silently."""
    assert 400 == wire.control("faults", [entry]).status
    assert [] == wire.call("GET", "/control/state").json()["faults"]


def test_state_counts_what_is_held(wire: Wire, city: City) -> None:
    """Counts of all systems, and the clock."""
    state = wire.call("GET", "/control/state").json()

    assert 6_000 == sum(state["records"]["moj-registry"].values())
    assert len(city.filed.dossier) == sum(n for system, n in state["records"].items() if system.startswith("one-stop-"))
    assert state["now"].startswith("2022-06-02T08:0")
    assert city.example().dossier_id == state["example"]["dossier_id"]


def test_control_desk_is_for_this_machine_only(city: City, wire: Wire) -> None:
    """A caller from another host can neither plant faults nor read counts; health is open."""
    control = Control(
        one_stops={}, registers={}, registry="moj-registry", clock=Clock(city.as_of), faults=Faults(), example=None
    )
    endpoints = {route.path.rsplit("/", 1)[1]: route.endpoint for route in control.routes()}
    stranger = Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/",
            "headers": [],
            "query_string": b"",
            "client": ("192.0.2.7", 40000),
        }
    )
    answers = {name: asyncio.run(endpoint(stranger)).status_code for name, endpoint in endpoints.items()}

    assert answers == {
        "health": 200,
        "state": 403,
        "faults": 403,
        "change": 403,
        "depart": 403,
        "file": 403,
        "clock": 403,
    }
    assert wire.call("GET", "/control/state").status == 200
