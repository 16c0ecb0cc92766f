"""What the verifier accepts, and for which reason it refuses everything else."""

from __future__ import annotations

import ast
import base64
import json
import random
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import verify as kit
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hub.feeds.samples import FORGED, write_samples
from hub.feeds.signing import FeedSigner

KIT = Path(__file__).parents[2] / "kit"
CHANGED = {
    "manifest.json": {"manifest-changed"},
    "manifest.sig": {"signature-changed"},
    "SHA256SUMS": {"sums-changed"},
    "payload.jsonl.gz.sealed": {"payload-changed"},
}
"""File with a changed byte -> the reason for which the delivery is refused."""


def reason(act: Callable[[], object]) -> str:
    """For what it is refused; empty if it is not."""
    try:
        act()
    except kit.Refused as refused:
        return str(refused.reason)
    return ""


def one_byte_changed(feed: Path, folder: Path, chance: random.Random) -> tuple[str, str]:
    """A delivery with one byte changed: the file, and the reason for which it is refused."""
    source = chance.choice(sorted(feed.iterdir()))
    name = chance.choice(sorted(CHANGED))
    content = bytearray((source / name).read_bytes())
    place = chance.randrange(len(content))
    content[place] ^= chance.randint(1, 255)
    shutil.copytree(source, folder)
    (folder / name).write_bytes(content)
    return name, reason(lambda: kit.verify(folder, kit.pinned(feed.parents[1] / "keys")))


def try_changes(feed: Path, tmp_path: Path, number: int) -> None:
    """Every change is refused, for the reason of its file."""
    chance = random.Random(20260101)
    for n in range(number):
        name, why = one_byte_changed(feed, tmp_path / str(n), chance)
        assert why in CHANGED[name], (n, name)
        shutil.rmtree(tmp_path / str(n))


def test_one_byte_changed(feed: Path, tmp_path: Path) -> None:
    """A byte changed anywhere in the four files is found, and the file is named."""
    try_changes(feed, tmp_path, 150)


@pytest.mark.slow
def test_a_thousand_bytes_changed(feed: Path, tmp_path: Path) -> None:
    """The same, a thousand times."""
    try_changes(feed, tmp_path, 1000)


def test_a_hundred_clean_ones(tmp_path: Path) -> None:
    """No clean delivery is refused."""
    found = 0
    for seed in range(10):
        folder = tmp_path / str(seed)
        write_samples(folder, births=10, seed=seed, form=("jsonl.gz", "csv.gz")[seed % 2])
        found += len(list(kit.verify_chain(folder / "feeds" / "sample-births", kit.pinned(folder / "keys"))))
    assert 110 == found


def test_the_forged_one(samples: Path) -> None:
    """It is whole, its sums are right and it names the city's key; the chain ends before it."""
    good = []

    def walk() -> None:
        for each in kit.verify_chain(samples / "forged" / "sample-births", kit.pinned(samples / "keys")):
            good.append(each.manifest["sequence"])

    assert "forged" == reason(walk)
    assert list(range(1, FORGED)) == good


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig", "SHA256SUMS", "payload.jsonl.gz.sealed"])
def test_a_file_missing(feed: Path, samples: Path, tmp_path: Path, name: str) -> None:
    """Each of the four is needed."""
    shutil.copytree(feed / "00000001", tmp_path / "d")
    (tmp_path / "d" / name).unlink()
    assert "file-missing" == reason(lambda: kit.verify(tmp_path / "d", kit.pinned(samples / "keys")))


def test_a_payload_cut(feed: Path, samples: Path, tmp_path: Path) -> None:
    """A transfer that ended early has a reason of its own."""
    shutil.copytree(feed / "00000001", tmp_path / "d")
    payload = tmp_path / "d" / "payload.jsonl.gz.sealed"
    payload.write_bytes(payload.read_bytes()[:-100])
    assert "payload-cut" == reason(lambda: kit.verify(tmp_path / "d", kit.pinned(samples / "keys")))


def test_two_payloads_swapped(feed: Path, samples: Path, tmp_path: Path) -> None:
    """Both are the city's and both are sealed for this receiver, but each belongs to its own manifest."""
    shutil.copytree(feed / "00000003", tmp_path / "d")
    shutil.copy(feed / "00000002" / "payload.jsonl.gz.sealed", tmp_path / "d")
    refused = reason(lambda: kit.verify(tmp_path / "d", kit.pinned(samples / "keys")))
    assert refused in {"payload-changed", "payload-cut"}


def test_an_unpinned_key(feed: Path, tmp_path: Path) -> None:
    """A good delivery under a key that nobody handed over is not trusted."""
    other = tmp_path / "keys"
    other.mkdir()
    (other / "other.pem").write_text(FeedSigner(Ed25519PrivateKey.generate()).public_pem)
    assert "key-unknown" == reason(lambda: kit.verify(feed / "00000001", kit.pinned(other)))


def test_a_retired_key_still_verifies(feed: Path, samples: Path, tmp_path: Path) -> None:
    """After a rotation the receiver pins both keys: what the old one signed stays good."""
    keys = tmp_path / "keys"
    shutil.copytree(samples / "keys", keys)
    (keys / "new.pem").write_text(FeedSigner(Ed25519PrivateKey.generate()).public_pem)
    assert 2 == len(kit.pinned(keys))
    assert 1 == kit.verify(feed / "00000001", kit.pinned(keys)).manifest["sequence"]


@pytest.mark.parametrize(("taken", "why"), [("00000005", "gap"), ("00000001", "gap")])
def test_a_delivery_missing(feed: Path, samples: Path, tmp_path: Path, taken: str, why: str) -> None:
    """A gap is named; without its snapshot a feed cannot be begun."""
    shutil.copytree(feed, tmp_path / "feed")
    shutil.rmtree(tmp_path / "feed" / taken)
    assert why == reason(lambda: list(kit.verify_chain(tmp_path / "feed", kit.pinned(samples / "keys"))))


def test_yesterday_again(feed: Path, samples: Path, tmp_path: Path) -> None:
    """Yesterday's delivery under today's number: good by itself, refused in its place."""
    shutil.copytree(feed, tmp_path / "feed")
    shutil.rmtree(tmp_path / "feed" / "00000011")
    shutil.copytree(feed / "00000010", tmp_path / "feed" / "00000011")
    assert "fork" == reason(lambda: list(kit.verify_chain(tmp_path / "feed", kit.pinned(samples / "keys"))))


def test_another_history(samples: Path, feed: Path, tmp_path: Path) -> None:
    """A delivery of another chain under the right number does not follow what the receiver holds."""
    write_samples(tmp_path / "other")
    keys = tmp_path / "keys"
    shutil.copytree(samples / "keys", keys)
    shutil.copy(tmp_path / "other" / "keys" / "city.pub.pem", keys / "second.pem")
    held = kit.verify(feed / "00000001", kit.pinned(keys))
    other = kit.verify(tmp_path / "other" / "feeds" / "sample-births" / "00000002", kit.pinned(keys))
    assert "fork" == reason(lambda: kit.require_next(held, other))


def test_sealed_for_another(feed: Path, samples: Path) -> None:
    """Whoever has the delivery and not the key learns only what the manifest says."""
    found = kit.verify(feed / "00000001", kit.pinned(samples / "keys"))
    assert "not-for-us" == reason(lambda: kit.content(found, X25519PrivateKey.generate()))


def test_warns_after_its_last_day(feed: Path, samples: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It stays verifiable, and says that it has no use value any more."""
    given = ["check", str(feed / "00000001"), "--keys", str(samples / "keys"), "--now"]
    assert 0 == kit.main([*given, "2022-06-30T00:00:00+07:00"])
    assert "WARNING" not in capsys.readouterr().err
    assert 0 == kit.main([*given, "2022-07-02T00:00:00+07:00"])
    assert "WARNING: sample-births-00000001 had use value until" in capsys.readouterr().err


def test_receipt_and_proof_of_deletion(feed: Path, samples: Path, tmp_path: Path) -> None:
    """Both are signed by the receiver over their canonical form; the payload is gone afterwards."""
    shutil.copytree(feed / "00000001", tmp_path / "d")
    sign = samples / "receiver" / "signing.pem"
    common = [str(tmp_path / "d"), "--keys", str(samples / "keys"), "--sign", str(sign), "--out"]
    public = kit.private_key(sign, Ed25519PrivateKey).public_key()
    for kind, written in (("receipt", "motlan-receipt/1"), ("delete", "motlan-deletion/1")):
        assert 0 == kit.main([kind, *common, str(tmp_path / kind)])
        said = json.loads((tmp_path / kind).read_bytes())
        signature = base64.b64decode(said.pop("signature"))
        public.verify(signature, kit.canonical(said))
        assert (written, "sample-births-00000001") == (said["format"], said["delivery"])
    assert not (tmp_path / "d" / "payload.jsonl.gz.sealed").exists()
    assert "file-missing" == reason(lambda: kit.verify(tmp_path / "d", kit.pinned(samples / "keys")))


def test_own_keys(tmp_path: Path) -> None:
    """Private keys are readable by their owner only, and are never written over."""
    kit.make_keys(tmp_path)
    assert 0o600 == (tmp_path / "opening.pem").stat().st_mode & 0o777
    with pytest.raises(FileExistsError):
        kit.make_keys(tmp_path)


def test_a_manifest_that_names_a_path(feed: Path, samples: Path, tmp_path: Path) -> None:
    """Even signed, a manifest cannot make the verifier read another file."""
    city = FeedSigner(Ed25519PrivateKey.generate())
    said = json.loads((feed / "00000001" / "manifest.json").read_bytes())
    said["payload"]["file"], said["signer"] = "../00000002/payload.jsonl.gz.sealed", city.id
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "manifest.json").write_bytes(kit.canonical(said))
    (tmp_path / "d" / "manifest.sig").write_bytes(city.sign(kit.canonical(said)))
    (tmp_path / "d" / "SHA256SUMS").write_bytes(b"")
    keys = {city.id: city.private.public_key()}
    assert "manifest-form" == reason(lambda: kit.verify(tmp_path / "d", keys))


def test_imports_nothing_of_ours() -> None:
    """A receiver has Python and `cryptography`; the loader also `verify.py`, and psycopg if it wants PostgreSQL."""
    allowed = {"verify.py": {"cryptography"}, "load.py": {"cryptography", "verify", "psycopg"}}
    found = {}
    for name in allowed:
        tree = ast.parse((KIT / name).read_text(encoding="utf-8"))
        roots = {n.module.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
        roots |= {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        found[name] = roots - set(sys.stdlib_module_names)
    assert allowed == found


def test_every_reason_is_explained() -> None:
    """Each stands in both pages, with what to do."""
    for page in ("README.md", "README.vi.md"):
        text = (KIT / page).read_text(encoding="utf-8")
        assert [] == [each for each in kit.REASONS if f"`{each}`" not in text]


def test_use_value_ends_at_the_moment() -> None:
    """Not a second later."""
    manifest = {"valid_until": "2022-07-01T01:00:00+00:00"}
    assert kit.expired(manifest, datetime(2022, 7, 1, 1, tzinfo=UTC))
    assert not kit.expired(manifest, datetime(2022, 7, 1, 0, 59, 59, tzinfo=UTC))
