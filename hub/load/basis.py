"""What batches are judged with, kept beside them: the contract, the deployment's files, and the day of its lists.

Each content lies once in the landing, under its SHA-256; `hub.basis` names the parts of each combination, and a batch
names its combination. A recount therefore judges with what the batch was judged with, whatever the lists, options and
contracts of today are. Credentials and addresses are no part of it.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from contracts.load import SUFFIX, load_contract
from contracts.model import Contract
from hub.core.deployment import Deployment, load_deployment
from hub.load.kept_tables import basis
from hub.load.landing import Landing


@dataclass(frozen=True)
class Basis:
    """What a batch was judged with."""

    contract: Contract
    deployment: Deployment


def keep(engine: sa.Engine, landing: Landing, contract: Contract, deployment: Deployment, now: datetime) -> str:
    """Keep what the batches of a stream are judged with from now on, and return its id. Known content costs one question.

    Raises:
        LandingFull: the disk refused it.
    """
    described = contract.path.read_bytes()
    files = _files(deployment.folder)
    day = deployment.unchanged_since()
    parts = hashlib.sha256(f"{day.isoformat()}\0{hashlib.sha256(described).hexdigest()}\n".encode())
    for name, content in files:
        parts.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    id_ = parts.hexdigest()[:32]
    b = basis
    with engine.connect() as connection:
        if connection.scalar(sa.select(sa.exists().where(b.c.id == id_))):
            return id_
    row = insert(b).values(
        id=id_,
        contract=landing.keep(described),
        deployment=landing.keep(_packed(files)),
        as_of=day,
        kept_at=now,
    )
    with engine.begin() as connection:
        connection.execute(row.on_conflict_do_nothing())
    return id_


@contextmanager
def opened(connection: sa.Connection, landing: Landing, id_: str, *, data: bool) -> Iterator[Basis]:
    """What was kept under an id, in a folder that goes with the block. `data` as of `load_deployment`.

    Raises:
        LandingDamaged: a part is missing or altered.
        ContractInvalid, DeploymentInvalid: this release reads such a file no more.
    """
    kept = connection.execute(sa.select(basis).where(basis.c.id == id_)).one()
    with tempfile.TemporaryDirectory(prefix="motlan-basis-") as name:
        folder = Path(name)
        described = folder / f"contract{SUFFIX}"
        described.write_bytes(landing.read(kept.contract))
        with zipfile.ZipFile(io.BytesIO(landing.read(kept.deployment))) as packed:
            packed.extractall(folder / "deployment")
        deployment = load_deployment(folder / "deployment", None, kept.as_of, data=data)
        yield Basis(load_contract(described), deployment)


def _files(folder: Path) -> list[tuple[str, bytes]]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths]


def _packed(files: list[tuple[str, bytes]]) -> bytes:
    """The same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files:
            packed.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
