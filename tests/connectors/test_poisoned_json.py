"""Pages in which many records are bad, and pages that are damaged at random: no good record is lost, no error is unnamed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import Source, System, Window, open_source
from connectors.testing.fault_proxy import FaultProxy, ScriptedReply
from contracts.errors import HubError, Transient
from contracts.load import load_contracts
from contracts.model import Contract
from tests.connectors.double import served
from tests.connectors.one_stop_double import (
    EIdentificationDouble,
    OneStopDouble,
    PortalDouble,
    dossier_contract,
    dossiers,
    e_identification_system,
    one_stop_system,
    portal_system,
    uses,
    uses_contract,
)
from tests.connectors.registry_double import FacadeDouble, births, facade_json_system, facade_system
from tests.poison.json_dialects import in_data, in_list, in_xml


@dataclass(frozen=True)
class Dialect:
    """A desk of many records, and how to damage one of them."""

    double: Callable[[int], Any]
    system: Callable[..., System]
    contract: Callable[[], Contract]
    record_id: str
    damage: Callable[[bytes, str, int], bytes]
    """(body, id, kind) -> the body with that record damaged."""
    shown: Callable[[bytes], bytes] = lambda body: body
    path: str = "/d"


def _many(kind: type[OneStopDouble], held: Callable[[], list[dict[str, object]]], number: str, changed: str) -> Any:
    def make(count: int) -> OneStopDouble:
        double, pattern = kind(), held()[0]
        double.dossiers = [
            {**pattern, number: f"H29-{n:05d}", changed: f"20220601{n // 3600:02d}{n // 60 % 60:02d}{n % 60:02d}"}
            for n in range(count)
        ]
        return double

    return make


def _facade(form: str) -> Callable[[int], FacadeDouble]:
    def make(count: int) -> FacadeDouble:
        double, pattern = FacadeDouble(form), births()["1001"]
        double.incomplete = set()
        double.births = {
            f"9{n:05d}": {
                **pattern,
                "id": f"9{n:05d}",
                "ngayCapNhat": f"2022-05-31T09:{n // 60:02d}:{n % 60:02d}+07:00",
            }
            for n in range(count)
        }
        return double

    return make


DIALECTS = {
    "one_stop": Dialect(
        _many(OneStopDouble, dossiers, "MaHoSo", "NgayCapNhat"),
        one_stop_system,
        dossier_contract,
        "MaHoSo",
        in_list("MaHoSo"),
    ),
    "national_portal": Dialect(
        _many(PortalDouble, dossiers, "MaHoSo", "NgayCapNhat"),
        portal_system,
        dossier_contract,
        "MaHoSo",
        in_list("MaHoSo"),
    ),
    "e_identification": Dialect(
        _many(EIdentificationDouble, uses, "maSuKien", "ngayCapNhat"),
        e_identification_system,
        uses_contract,
        "maSuKien",
        in_list("maSuKien"),
    ),
    "registry as JSON": Dialect(
        _facade("json"), facade_json_system, lambda: load_contracts()["birth"], "id", in_data(in_list("id"))
    ),
    "registry as XML": Dialect(_facade("xml"), facade_system, lambda: load_contracts()["birth"], "id", in_data(in_xml)),
}


def ids_of(double: Any, dialect: Dialect) -> list[str]:
    return (
        list(double.births) if hasattr(double, "births") else [str(each[dialect.record_id]) for each in double.dossiers]
    )


def frames_of(source: Source, dataset: str) -> pl.DataFrame:
    frames = [source.records(page.body, page.media_type)[dataset] for page in source.pages(Window())]
    return pl.concat(frames, how="diagonal")


def readings(name: str, count: int, bad: dict[str, int], size: int) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """What comes from an honest desk, and from the same one with some records damaged, by id and kind."""
    dialect = DIALECTS[name]
    double, contract = dialect.double(count), dialect.contract()

    def spoil(request: object, answer: ScriptedReply) -> ScriptedReply:
        body = answer.body
        for record_id, kind in bad.items():
            if record_id.encode() in body:
                body = dialect.damage(body, record_id, kind)
        return answer.with_body(body)

    dataset = contract.datasets[0].name
    with served(double, dialect.path) as address, FaultProxy(address, spoil) as proxy:
        honest, damaged = (
            open_source(dialect.system(place, page_size=size), contract) for place in (address, proxy.address)
        )
        yield frames_of(honest, dataset), frames_of(damaged, dataset)
        honest.close()
        damaged.close()


@pytest.mark.parametrize("share", [1, 10, 50])
@pytest.mark.parametrize("name", DIALECTS)
def test_a_poisoned_page(name: str, share: int) -> None:
    """1, 10 or 50 % bad records of six kinds: the good ones come exactly as without them, the bad ones are refused rows."""
    dialect, count = DIALECTS[name], 100
    chosen = random.Random(share).sample(ids_of(dialect.double(count), dialect), count * share // 100)
    bad = {record_id: at % 6 for at, record_id in enumerate(chosen)}

    ((honest, came),) = readings(name, count, bad, size=50)

    good = came.filter(pl.col("_refused").is_null())
    refused = came.filter(pl.col("_refused").is_not_null())
    assert good.equals(honest.filter(~pl.col(dialect.record_id).is_in(list(bad))))
    assert refused["_raw"].n_unique() == len(bad)
    if name.startswith("registry"):
        assert refused.height == len(bad)


PIECES = [
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"<", b">", b"&", b"\x00", b"\n", b"\xff", b"\xc3", b"null", b"true",
    b"0", b"-", b"1e9", b'\\ud800', b'"a":1,', b"</hoso>", b"<hoso>", b"<!--", b"]]>", b"\xef\xbb\xbf", b"  ",
]  # fmt: skip


@st.composite
def damages(draw: st.DrawFn) -> tuple[str, list[tuple[float, int, bytes]]]:
    """A dialect, and a few places of a body (from 0 to 1) at which some bytes are replaced by others."""
    spots = st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(PIECES) | st.binary(max_size=4))
    return draw(st.sampled_from(sorted(DIALECTS))), draw(st.lists(spots, min_size=1, max_size=3))


@pytest.fixture(scope="module")
def desks() -> Iterator[dict[str, tuple[str, pl.DataFrame]]]:
    """Dialect -> address of an honest desk of twelve records, and its frame."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        made = {}
        for name, dialect in DIALECTS.items():
            address = stack.enter_context(served(dialect.double(12), dialect.path))
            source = open_source(dialect.system(address, page_size=12), dialect.contract())
            made[name] = (address, frames_of(source, dialect.contract().datasets[0].name))
            source.close()
        yield made


@settings(max_examples=120, deadline=None)
@given(damages())
def test_random_damage_ends_in_refusals_or_a_named_error(
    desks: dict[str, tuple[str, pl.DataFrame]], damage: tuple[str, list[tuple[float, int, bytes]]]
) -> None:
    """What comes are records as the desk holds them, or refused ones; or an error of ours that says what to do.

    Each reply with records is damaged at the same places.
    """
    name, spots = damage
    address, honest = desks[name]
    damaged: list[int] = []
    dialect, contract = DIALECTS[name], DIALECTS[name].contract()

    def spoil(request: Any, answer: ScriptedReply) -> ScriptedReply:
        body = answer.body
        if b"token" in body[:40] or b"session" in body[:60] or b'"value"' in body:
            return answer
        damaged.append(1)
        for place, length, by in spots:
            at = int(place * len(body))
            body = body[:at] + by + body[at + length :]
        return answer.with_body(body)

    with FaultProxy(address, spoil) as proxy:
        source = open_source(dialect.system(proxy.address, page_size=12, attempts=1), contract)
        came, error = _reading(source, contract.datasets[0].name)
        source.close()
    if error is not None:
        assert str(error).startswith(f"{dialect.system('').id}: ")
        assert error.hint or isinstance(error, Transient)
        return
    readable = came.filter(pl.col("_refused").is_null())
    refused = came.height - readable.height
    known = readable.select(dialect.record_id).join(honest.select(dialect.record_id), on=dialect.record_id, how="anti")
    assert readable.height + refused >= honest.height
    # Damage inside an id may give another id; where smaller pages are asked for, each of them is damaged.
    assert known.height <= len(spots) * len(damaged)


def _reading(source: Source, dataset: str) -> tuple[pl.DataFrame, HubError | None]:
    """What comes, or the error of ours that ends the reading; any other error fails the test."""
    try:
        return frames_of(source, dataset), None
    except HubError as error:
        return pl.DataFrame(), error
