"""A base backup against its manifest, which `pg_basebackup` wrote.

`pg_verifybackup` does the same; the embedded server's (18.4) ends with a segmentation fault on a backup that is well.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hub.backup.catalogue import BackupDamaged
from hub.local.recovery import UNFINISHED

MANIFEST = "backup_manifest"
_ANOTHER = "hub backup run takes another one; keep this one until that is verified"


def verify_base(base: Path) -> dict[str, Any]:
    """Read every file of a base backup; returns the manifest. Raises BackupDamaged."""
    try:
        text = (base / MANIFEST).read_bytes()
        manifest: dict[str, Any] = json.loads(text)
        covered = text[: text.rindex(b'"Manifest-Checksum"')]
        whole = hashlib.sha256(covered).hexdigest() == manifest["Manifest-Checksum"]
    except (OSError, ValueError, KeyError):
        raise BackupDamaged(f"The manifest of {base.parent.name} cannot be read", hint=_ANOTHER) from None
    if not whole:
        raise BackupDamaged(f"The manifest of {base.parent.name} was altered", hint=_ANOTHER)
    for file in manifest["Files"]:
        name = file.get("Path") or bytes.fromhex(file["Encoded-Path"]).decode("utf-8", "surrogateescape")
        path = base / name
        try:
            with path.open("rb") as content:
                found = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError:
            raise BackupDamaged(f"{name} of base backup {base.parent.name} is missing", hint=_ANOTHER) from None
        if path.stat().st_size != file["Size"] or found != file["Checksum"]:
            raise BackupDamaged(f"{name} of base backup {base.parent.name} was altered", hint=_ANOTHER)
    return manifest


def verify_log(programs: Path, segments: Iterable[Path], manifest: dict[str, Any], end: str) -> None:
    """Read the log, record by record, from the base backup's begin to its end. Raises BackupDamaged."""
    first = manifest["WAL-Ranges"][0]
    with tempfile.TemporaryDirectory() as folder:  # the last segment is not full, and has a name that nobody reads
        for segment in segments:
            (Path(folder) / segment.name.removesuffix(UNFINISHED)).symlink_to(segment)
        words = [f"--path={folder}", f"--timeline={first['Timeline']}", f"--start={first['Start-LSN']}", f"--end={end}"]
        done = subprocess.run(
            [str(programs / "pg_waldump"), "--quiet", *words], capture_output=True, text=True, errors="replace"
        )
    if done.returncode:
        raise BackupDamaged(f"The log cannot be read to {end}: {done.stderr.strip()[-300:]}", hint=_ANOTHER)
