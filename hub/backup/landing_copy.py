"""Pages that a copy of the landing folder lacks."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from hub.core.state_files import new_part, sweep, sync_folder
from hub.load.landing import PARTS


def copy_pages(source: Path, target: Path, seen: dict[str, tuple[int, int]] | None = None, *, over: bool = True) -> int:
    """Copy pages that the target lacks, and return their number.

    `seen` remembers each folder's time of change, here and there, so that the next call looks only into those that
    changed. `over`: pages of another size or time are copied too: they were sealed again with another key.
    """
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    parts = target / PARTS
    parts.mkdir(exist_ok=True)
    sweep(parts)
    copied = 0
    for folder in sorted(source.glob("??")):
        there = target / folder.name
        there.mkdir(exist_ok=True)
        changed = folder.stat().st_mtime_ns
        if seen is not None and seen.get(folder.name) == (changed, there.stat().st_mtime_ns):
            continue
        for page in folder.glob("*.page"):
            copied += _copied(page, there / page.name, parts, over=over)
        sync_folder(there)
        if seen is not None:
            seen[folder.name] = (changed, there.stat().st_mtime_ns)
    return copied


def _copied(page: Path, copy: Path, parts: Path, *, over: bool) -> bool:
    try:
        before = copy.stat()
    except FileNotFoundError:
        before = None
    now = page.stat()
    if before is not None and (not over or (before.st_size, before.st_mtime_ns) == (now.st_size, now.st_mtime_ns)):
        return False
    descriptor, part = new_part(parts)
    with os.fdopen(descriptor, "wb") as file:
        try:
            with page.open("rb") as source:
                shutil.copyfileobj(source, file, 1 << 20)
            file.flush()
            os.fsync(file.fileno())
            os.utime(part, ns=(now.st_atime_ns, now.st_mtime_ns))
            part.rename(copy)
        finally:
            part.unlink(missing_ok=True)
    return True
