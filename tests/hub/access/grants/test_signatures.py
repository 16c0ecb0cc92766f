"""A version of the grants is signed by a named person, or nobody goes by it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.errors import DeploymentInvalid
from hub.access.grants import granted, signatures, versions
from hub.access.grants.live import LiveGrants
from hub.access.grants.model import Grants
from hub.access.grants.signatures import GrantsForged, GrantStatement, GrantsUnsigned, GrantTrust, SignerKeyUnfit
from hub.access.grants.signers import FILE, GrantSigner, read_signers
from hub.access.grants.territory import Territories
from hub.core.actions import Actor
from tests.hub.registers import ROOT

HCMC = ROOT / "deployments" / "hcmc"
OPERATOR = Actor("Lan", "agreement 12")
NOW = datetime(2026, 11, 30, tzinfo=UTC)


class Desk:
    """A jurist with a key, who signs what an operator applies."""

    def __init__(self, engine: sa.Engine, territories: Territories, **days: date | None) -> None:
        self.engine, self.territories = engine, territories
        self.key, self.stranger = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        mine = GrantSigner("Trần Thị Mẫu", self.key.public_key(), days.get("first"), days.get("last"))
        self.trust = GrantTrust("hcmc", (mine,), demanded=True)

    def sign(self, head: versions.VersionHead) -> GrantStatement:
        return signatures.sign(self.key, self.trust, head, "agreement 12", NOW)

    def apply(self, grants: Grants, signed: versions.Signing | None = None) -> versions.Applied:
        with self.engine.begin() as connection:
            return versions.apply(
                connection, grants, self.territories, OPERATOR, trust=self.trust, signed=signed or self.sign
            )

    def in_force(self) -> int:
        with self.engine.begin() as connection:
            return LiveGrants(self.trust).read(connection).number


@pytest.fixture
def desk(engine: sa.Engine, territories: Territories) -> Desk:
    return Desk(engine, territories)


def without(grants: Grants, dataset: str) -> Grants:
    return replace(grants, all=tuple(g for g in grants.all if g.dataset != dataset))


def test_history_names_who_signed_and_who_applied(desk: Desk, shipped: Grants) -> None:
    desk.apply(shipped)
    desk.apply(without(shipped, "birth"))
    assert not desk.apply(without(shipped, "birth")).new
    assert desk.in_force() == 2
    with desk.engine.connect() as connection:
        found = versions.history(connection)
    assert [(each.number, each.applied_by, each.signer(desk.trust)) for each in found] == [
        (2, "Lan", "Trần Thị Mẫu"),
        (1, "Lan", "Trần Thị Mẫu"),
    ]


def test_an_unsigned_version_is_refused_outside_of_a_scenario(
    desk: Desk, shipped: Grants, territories: Territories
) -> None:
    """Also the first one, that a start would write by itself: a person must sign it."""
    with pytest.raises(GrantsUnsigned, match="--key"):
        desk.apply(shipped, lambda head: None)
    with pytest.raises(GrantsUnsigned), desk.engine.begin() as connection:
        versions.start(connection, lambda: shipped, territories, desk.trust)
    assert desk.in_force() == 0


def _other_digest(desk: Desk, head: versions.VersionHead) -> GrantStatement:
    return desk.sign(replace(head, digest="0" * 64))


def _by_a_stranger(desk: Desk, head: versions.VersionHead) -> GrantStatement:
    good = desk.sign(head)
    return replace(good, signature=desk.stranger.sign(good.content.encode()))


def _unknown_key(desk: Desk, head: versions.VersionHead) -> GrantStatement:
    other = Desk(desk.engine, desk.territories)
    return other.sign(head)


def _of_another_deployment(desk: Desk, head: versions.VersionHead) -> GrantStatement:
    return signatures.sign(desk.key, replace(desk.trust, deployment="binh-giang"), head, "agreement 12", NOW)


def _words_changed(desk: Desk, head: versions.VersionHead) -> GrantStatement:
    good = desk.sign(head)
    return replace(good, content=good.content.replace("agreement 12", "agreement 13"))


def _of_another_number(desk: Desk, head: versions.VersionHead) -> GrantStatement:
    return desk.sign(replace(head, number=head.number + 1))


def _after_another_version(desk: Desk, head: versions.VersionHead) -> GrantStatement:
    return desk.sign(replace(head, before="0" * 64))


def _no_statement(desk: Desk, head: versions.VersionHead) -> GrantStatement:
    return GrantStatement("[]", b"x" * 64)


@pytest.mark.parametrize(
    "wrong",
    [
        _other_digest,
        _by_a_stranger,
        _unknown_key,
        _of_another_deployment,
        _words_changed,
        _of_another_number,
        _after_another_version,
        _no_statement,
    ],
)
def test_a_version_with_a_wrong_signature_is_refused_whole(desk: Desk, shipped: Grants, wrong: Any) -> None:
    """What was in force stays: the version, and the rows by which the database decides."""
    desk.apply(shipped)
    with pytest.raises(GrantsForged, match="Version 2"):
        desk.apply(without(shipped, "birth"), lambda head: wrong(desk, head))
    assert desk.in_force() == 1
    with desk.engine.connect() as connection:
        assert granted.stand(connection, shipped, desk.territories)


@pytest.mark.parametrize("days", [{"first": date(2999, 1, 1)}, {"last": date(2020, 1, 1)}])
def test_a_key_counts_on_its_days_only(engine: sa.Engine, territories: Territories, shipped: Grants, days: Any) -> None:
    """Whatever day the statement gives itself: the day on which the database took it decides."""
    desk = Desk(engine, territories, **days)
    with pytest.raises(GrantsForged, match="did not count"):
        desk.apply(shipped)


def test_a_signed_version_is_not_put_in_force_again_later(desk: Desk, shipped: Grants) -> None:
    """Somebody kept the statement of a version that gave more: its number is gone."""
    kept: list[GrantStatement] = []
    desk.apply(shipped, lambda head: kept.append(desk.sign(head)) or kept[0])
    desk.apply(without(shipped, "birth"))
    with pytest.raises(GrantsForged, match="another number"):
        desk.apply(shipped, lambda head: kept[0])
    assert desk.in_force() == 2


def test_what_is_written_past_the_command_is_gone_by_in_no_answer(
    desk: Desk, shipped: Grants, territories: Territories
) -> None:
    """The owner of the database added a whole version, digest and rows too; it cannot sign it. A signed one heals it."""
    desk.apply(shipped)
    with desk.engine.begin() as connection:
        versions.apply(connection, without(shipped, "birth"), territories, Actor("x", "y"))
    with pytest.raises(GrantsUnsigned, match="Version 2"):
        desk.in_force()
    assert desk.apply(without(shipped, "birth")).new
    assert desk.in_force() == 3


def test_a_signature_that_was_changed_in_the_database_is_found(desk: Desk, shipped: Grants) -> None:
    desk.apply(shipped)
    with desk.engine.begin() as connection:
        connection.execute(sa.text("alter table hub.grants_version disable trigger user"))
        connection.execute(sa.text("update hub.grants_version set signature = overlay(signature placing 'aa' from 3)"))
    with pytest.raises(GrantsForged, match="not that of Trần Thị Mẫu"):
        desk.in_force()


def test_a_scenario_goes_by_unsigned_versions(desk: Desk, shipped: Grants) -> None:
    desk.trust = replace(desk.trust, demanded=False)
    desk.apply(shipped, lambda head: None)
    assert desk.in_force() == 1


def test_a_key_that_nobody_pinned_signs_nothing(desk: Desk) -> None:
    with pytest.raises(SignerKeyUnfit, match=FILE):
        signatures.sign(desk.stranger, desk.trust, versions.VersionHead(1, "", "", "grants.yaml"), "x", NOW)


def test_a_pair_of_keys_is_made_once_and_opens_with_its_passphrase(tmp_path: Path) -> None:
    own = tmp_path / "mau.pem"
    public = signatures.make_key(own, "hai con cò trắng")
    assert own.stat().st_mode & 0o777 == 0o600
    assert signatures.is_locked(own)
    opened = signatures.read_key(own, "hai con cò trắng").public_key()
    assert base64.b64encode(opened.public_bytes_raw()).decode() == public
    for wrong in ("", "ba con cò"):
        with pytest.raises(SignerKeyUnfit, match="does not open"):
            signatures.read_key(own, wrong)
    with pytest.raises(SignerKeyUnfit, match="exists already"):
        signatures.make_key(own)


def test_the_file_of_signers_says_whose_key_it_is(tmp_path: Path) -> None:
    public = signatures.make_key(tmp_path / "mau.pem")
    entry = f"  - name: Trần Thị Mẫu\n    key: {public}\n    valid_from: 2026-01-01\n"
    (tmp_path / FILE).write_text(f"signers:\n{entry}")
    [signer] = read_signers(tmp_path)
    assert (signer.name, signer.on(date(2026, 1, 1)), signer.on(date(2025, 12, 31))) == ("Trần Thị Mẫu", True, False)
    for text, said in ((entry.replace(public, "AAAA"), "no Ed25519 key"), (entry + entry, "second time")):
        (tmp_path / FILE).write_text(f"signers:\n{text}")
        with pytest.raises(DeploymentInvalid, match=rf"{FILE}:\d+.*{said}"):
            read_signers(tmp_path)
    assert read_signers(tmp_path / "none") == ()


def test_a_signed_statement_survives_its_file() -> None:
    made = GrantStatement('{"a":"ô"}', b"\x00\xff" * 32)
    assert GrantStatement.from_text(made.to_text()) == made
    for text in ("", "[]", json.dumps({"statement": "{}"}), json.dumps({"statement": "{}", "signature": "%"})):
        with pytest.raises(GrantsForged):
            GrantStatement.from_text(text)
