"""A real SFTP server on a real socket, by other people (asyncssh) than the client (paramiko)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import asyncssh

LOGIN = {"username": "kho-so-hoa", "password": "mật-khẩu-sftp-42"}


class Files(asyncssh.SFTPServer):
    """The server's side of one connection; `before_read` is where a test makes trouble."""

    before_read: Callable[[asyncssh.SFTPServer, int], None] | None = None

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], root: Path) -> None:
        super().__init__(channel, chroot=str(root).encode())

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        if Files.before_read is not None:
            Files.before_read(self, offset)
        return super().read(file_obj, offset, size)


class Door(asyncssh.SSHServer):
    """Lets in who knows the password, or has the key."""

    trusted: bytes | None = None
    """The public key that opens, where a test has one."""

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (LOGIN["username"], LOGIN["password"])

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return Door.trusted is not None and key.export_public_key() == Door.trusted


class Server:
    """An SFTP server in a thread of its own."""

    def __init__(self, root: Path, key: asyncssh.SSHKey) -> None:
        self._root, self._key = root, key
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    async def _listen(self) -> int:
        self._server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Door,
            server_host_keys=[self._key],
            sftp_factory=lambda channel: Files(channel, self._root),
        )
        return self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        asyncio.run_coroutine_threadsafe(self._server.wait_closed(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
