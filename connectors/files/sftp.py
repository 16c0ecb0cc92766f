"""A folder on an SFTP server as a file store.

The client is paramiko, because the connectors are synchronous and Airflow's own SFTP provider uses it. The
deployment pins the server's host key; nothing is trusted on first use. Keys and known_hosts files of the machine's
user are not used.

A listing is read entry by entry, as bytes: one that does not end is left at `max_files`, and a name in an old code page
is nobody's but its own. Whatever drips is cut at the total deadline.
"""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast
from urllib.parse import unquote, urlsplit

import paramiko

from contracts.errors import DeploymentInvalid, HubError

from .. import options
from ..credentials import secret
from ..errors import AuthenticationFailed, Incomplete, Malformed, Refused, TimedOut, Unreachable, Untrusted
from ..http.body import CallLimits
from ..http.deadline import Watchdog
from ..interface import System
from .stores import FileStore, StoreListing, entries, plain_name, vanished


class Sftp(FileStore):
    """`sftp://host:port/folder`. Option: host_key (`ssh-ed25519 AAAA...`). Credentials: username, password or
    private_key.
    """

    def __init__(self, system: System) -> None:
        logging.getLogger(_SILENT).setLevel(logging.CRITICAL + 1)
        address = urlsplit(system.address)
        self._host, self._port, self._folder = address.hostname or "", address.port or 22, unquote(address.path) or "/"
        self._limits = options.limits(system, CallLimits)
        self._key = _host_key(system)
        self._user = secret(system, "username")
        self._private = _private_key(system)
        self._password = None if self._private else secret(system, "password")
        self._transport: paramiko.Transport | None = None
        self._client: paramiko.SFTPClient | None = None
        self._wire: socket.socket | None = None

    def look(self, most: int) -> StoreListing:
        return entries(_listed(self._connected(), self._folder), most)

    def opened(self, name: str) -> BinaryIO:
        try:
            stream = self._connected().open(f"{self._folder.rstrip('/')}/{plain_name(name)}", "rb")
        except FileNotFoundError:
            raise vanished(name) from None
        except PermissionError:
            raise _no_right(name) from None
        return cast(BinaryIO, _Quiet(stream))

    @contextmanager
    def guarded(self, about: str) -> Iterator[None]:
        """Each block has the full deadline; after an error the connection is made again."""
        with Watchdog(self, self._limits.deadline_s) as deadline:
            try:
                yield
            except HubError:
                if deadline.bit:
                    raise self._too_slow(about) from None
                raise
            except _BREAKS as error:  # with words of the server in their text
                if deadline.bit or isinstance(error, TimeoutError):
                    raise self._too_slow(about) from None
                if isinstance(error, FileNotFoundError):
                    raise Unreachable(f"{about}: the folder is not there", hint="look at the address's path") from None
                if isinstance(error, PermissionError):
                    raise _no_right(about) from None
                self.close()
                if isinstance(error, (paramiko.SSHException, EOFError, OSError)):
                    what = f"{about}: the connection broke ({type(error).__name__})"
                    raise Incomplete(
                        what, hint="the next reading tries again; look at the server when it stays so"
                    ) from None
                raise Malformed(
                    f"{about}: the server's answer cannot be read as SFTP ({type(error).__name__})",
                    hint="ask its operator which version it speaks: version 3 is read",
                ) from None

    def cut(self) -> None:
        """End the connection from another thread, so that whoever reads from it gets an error at once."""
        try:
            if self._wire is not None:
                self._wire.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # closed in the meantime, as intended

    def _too_slow(self, about: str) -> TimedOut:
        self.close()
        hint = "the next reading tries again; raise deadline_s if the line is slow, or have large files split"
        return TimedOut(f"{about}: no whole answer within {self._limits.deadline_s:.0f} s", hint=hint)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
        self._transport = self._client = self._wire = None

    def _connected(self) -> paramiko.SFTPClient:
        if self._client is None:
            self._client = self._connect()
            channel = self._client.get_channel()
            assert channel is not None
            channel.settimeout(self._limits.deadline_s)
        return self._client

    def _connect(self) -> paramiko.SFTPClient:
        about = f"{self._host}:{self._port}"
        try:
            wire = socket.create_connection((self._host, self._port), timeout=self._limits.connect_s)
        except OSError as error:
            raise Unreachable(f"{about}: no connection ({type(error).__name__})") from None
        self._wire, self._transport = wire, paramiko.Transport(wire)
        self._transport.set_log_channel(_SILENT)
        self._transport.banner_timeout = self._transport.auth_timeout = self._limits.connect_s
        self._transport.get_security_options().key_types = _key_types(self._key.get_name())
        try:
            self._transport.start_client(timeout=self._limits.connect_s)
            shown = self._transport.get_remote_server_key()
        except (paramiko.SSHException, EOFError, OSError) as error:
            self.close()
            if isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
                raise Untrusted(
                    f"{about}: the server shows no host key of the pinned kind ({self._key.get_name()})", hint=_ASK
                ) from None
            raise Unreachable(f"{about}: no SSH server answers there ({type(error).__name__})") from None
        if shown.asbytes() != self._key.asbytes():
            self.close()
            raise Untrusted(
                f"{about}: the server's host key is {shown.fingerprint}, not the pinned {self._key.fingerprint}",
                hint=_ASK,
            )
        try:
            if self._private:
                self._transport.auth_publickey(self._user, self._private)
            else:
                self._transport.auth_password(self._user, self._password or "", fallback=False)
        except paramiko.AuthenticationException:
            self.close()
            raise AuthenticationFailed(
                f"{about}: the login is not accepted", hint="check username and password or private_key"
            ) from None
        except (paramiko.SSHException, EOFError, OSError) as error:
            self.close()
            raise Unreachable(
                f"{about}: the login broke off ({type(error).__name__})",
                hint="try again; else ask the server's operator",
            ) from None
        try:
            client = paramiko.SFTPClient.from_transport(self._transport)
        except paramiko.ChannelException:
            client = None
        if client is None:
            self.close()
            raise Refused(f"{about}: the server opens no SFTP to this login", hint="ask its operator", code="no-sftp")
        return client


_SILENT = f"{__name__}.library"
"""The library's log of this connection, which is dropped: it repeats banners, versions and greetings of the server."""

_BREAKS = (paramiko.SSHException, paramiko.SFTPError, EOFError, OSError, ValueError, IndexError, KeyError, struct.error)
"""What paramiko raises for a connection, and what breaks inside it when an answer is none."""

_ASK = (
    "ask the operator, by another way than this server, whether the key was changed; then pin the new one as host_key"
)


def _listed(client: paramiko.SFTPClient, folder: str) -> Iterator[tuple[str, int, int, float]]:
    """The entries of a folder, one by one. paramiko's own listing decodes each name as UTF-8, and holds all of them."""
    request = cast(Any, client)._request
    kind, message = request(paramiko.sftp.CMD_OPENDIR, folder)
    if kind != paramiko.sftp.CMD_HANDLE:
        raise paramiko.SFTPError("no handle")
    handle = message.get_binary()
    while True:
        try:
            kind, message = request(paramiko.sftp.CMD_READDIR, handle)
        except EOFError:
            break
        if kind != paramiko.sftp.CMD_NAME:
            raise paramiko.SFTPError("no names")
        for _ in range(message.get_int()):
            name = message.get_binary().decode("utf-8", "surrogateescape")
            message.get_binary()  # a line for people
            about = cast(Any, paramiko.SFTPAttributes)._from_msg(message)
            yield name, about.st_mode or 0, about.st_size or 0, float(about.st_mtime or 0)
    request(paramiko.sftp.CMD_CLOSE, handle)


def _no_right(about: str) -> Refused:
    hint = "the login of the secrets file needs the right to read it"
    return Refused(f"{about}: the server does not let us read it", hint=hint, code="sftp-permission")


class _Quiet:
    """A stream whose end raises nothing: when the connection is gone, this has been reported."""

    def __init__(self, stream: paramiko.SFTPFile) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        return bytes(self._stream.read(size))

    def readline(self, size: int = -1) -> bytes:
        return bytes(cast(Any, self._stream).readline(size))

    def seek(self, offset: int) -> None:
        self._stream.seek(offset)

    def __enter__(self) -> _Quiet:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._stream.close()
        except (EOFError, OSError, paramiko.SSHException):
            pass  # the file was read; a server that is gone closes it too


def _host_key(system: System) -> paramiko.PKey:
    try:
        line = paramiko.hostkeys.HostKeyEntry.from_line(f"host {options.text(system, 'host_key')}")
    except (paramiko.SSHException, paramiko.hostkeys.InvalidHostKey, ValueError):
        line = None
    if line is None or line.key is None:
        raise DeploymentInvalid(
            f"{system.id}: host_key is no public key",
            hint="one line as ssh-keyscan prints it, without the host: ssh-ed25519 AAAA...",
        )
    return line.key


def _key_types(name: str) -> tuple[str, ...]:
    """Allowed algorithms of the server's key: the pinned kind only (an RSA key signs with SHA-2)."""
    return ("rsa-sha2-512", "rsa-sha2-256") if name == "ssh-rsa" else (name,)


def _private_key(system: System) -> paramiko.PKey | None:
    import io

    text = system.credentials.get("private_key")
    if not text:
        return None
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text))
        except (paramiko.SSHException, ValueError, IndexError):
            continue
    raise DeploymentInvalid(
        f"{system.id}: the credential private_key is no Ed25519, ECDSA or RSA key without a passphrase"
    )
