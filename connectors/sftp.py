"""A folder on an SFTP server as a file store.

The client is paramiko, because the connectors are synchronous and Airflow's own SFTP provider uses it. The
deployment pins the server's host key; nothing is trusted on first use. Keys and known_hosts files of the machine's
user are not used.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast
from urllib.parse import unquote, urlsplit

import paramiko

from contracts.errors import DeploymentInvalid

from . import options
from .errors import AuthenticationFailed, Incomplete, Refused, TimedOut, Unreachable, Untrusted
from .file_stores import FileStore, StoredFile, entries, plain_name, vanished
from .http_body import CallLimits
from .interface import System
from .rest import secret


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
        self._end = 0.0

    def look(self) -> list[StoredFile]:
        listed = self._connected().listdir_attr(self._folder)
        return entries(
            (each.filename, each.st_mode or 0, each.st_size or 0, float(each.st_mtime or 0)) for each in listed
        )

    def opened(self, name: str) -> BinaryIO:
        try:
            stream = self._connected().open(f"{self._folder.rstrip('/')}/{plain_name(name)}", "rb")
        except FileNotFoundError:
            raise vanished(name) from None
        except PermissionError:
            raise Refused(f"{name}: the server does not let us read it", code="sftp-permission") from None
        return cast(BinaryIO, _Timed(stream, self._end))

    @contextmanager
    def guarded(self, about: str) -> Iterator[None]:
        """Each block has the full deadline; after an error the connection is made again."""
        self._end = time.monotonic() + self._limits.deadline_s
        try:
            yield
        except TimeoutError:
            self.close()
            raise TimedOut(f"{about}: no whole answer within {self._limits.deadline_s:.0f} s") from None
        except FileNotFoundError:
            raise Unreachable(f"{about}: the folder is not there", hint="look at the address's path") from None
        except PermissionError:
            raise Refused(f"{about}: the server does not let us read it", code="sftp-permission") from None
        except (paramiko.SSHException, EOFError, OSError) as error:
            self.close()
            raise Incomplete(f"{about}: the connection broke ({type(error).__name__})") from None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
        self._transport = self._client = None

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
        self._transport = paramiko.Transport(wire)
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
        client = paramiko.SFTPClient.from_transport(self._transport)
        assert client is not None
        return client


_SILENT = f"{__name__}.library"
"""The library's log of this connection, which is dropped: it repeats banners, versions and greetings of the server."""

_ASK = (
    "ask the operator, by another way than this server, whether the key was changed; then pin the new one as host_key"
)


class _Timed:
    """A stream that stops at the deadline, so that a slow server does not block a worker."""

    def __init__(self, stream: paramiko.SFTPFile, end: float) -> None:
        self._stream, self._end = stream, end

    def read(self, size: int) -> bytes:
        if time.monotonic() > self._end:
            raise TimeoutError
        return bytes(self._stream.read(size))

    def __enter__(self) -> _Timed:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._stream.close()
        except (EOFError, OSError, paramiko.SSHException):
            pass  # the connection is gone, and this has been reported


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
