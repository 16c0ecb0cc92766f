"""Words of a file server, a manifest or a file's name are never passed on, and lead no terminal."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path

import asyncssh
import pytest
import yaml

from connectors import System, Window, open_source
from connectors.files.stores import Folder, plain_name
from contracts.errors import HubError
from contracts.load import load_contracts
from tests.connectors import canaries
from tests.connectors.canaries import NUMBER, SAID, WORD, passed_on, saying
from tests.connectors.double import NOW

overheard = canaries.overheard


def sftp_system(place: str, host_key: str) -> System:
    shipped = Path(__file__).parents[2] / "deployments" / "hcmc" / "systems" / "book-files.yaml"
    entry = yaml.safe_load(shipped.read_text(encoding="utf-8"))
    options = {**entry["options"], "host_key": host_key, "deadline_s": 5.0, "connect_s": 5.0, "attempts": 1}
    return System(
        "book-files",
        entry["title"],
        entry["dialect"],
        f"sftp://{place}/books",
        {"username": "u", "password": "p"},
        options,
        shipped.parent,
        now=lambda: NOW,
    )


@pytest.fixture(scope="module")
def host_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


def pinned(key: asyncssh.SSHKey) -> str:
    return key.export_public_key().decode().strip()


@pytest.mark.parametrize("banner", [f"{SAID}\r\n" * 200, f"SSH-{WORD}-{SAID}\r\n", f"SSH-2.0-{SAID}\r\n{SAID}"])
def test_a_banner(overheard: Callable[[BaseException], str], host_key: asyncssh.SSHKey, banner: str) -> None:
    """The library logs what the server calls itself, and how its version cannot be read: a log is a place to pass it on."""
    with saying(banner.encode()) as place, pytest.raises(HubError) as raised:
        list(open_source(sftp_system(place, pinned(host_key)), load_contracts()["birth"]).pages(Window()))

    assert [] == passed_on(overheard(raised.value))


class Talker(asyncssh.SSHServer):
    """Lets everybody in, or nobody, with many words."""

    lets_in = True

    def connection_made(self, connection: asyncssh.SSHServerConnection) -> None:
        self._connection = connection

    def begin_auth(self, username: str) -> bool:
        self._connection.send_auth_banner(SAID)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return Talker.lets_in


class Refusing(asyncssh.SFTPServer):
    """Answers each listing by an error of its own words."""

    def scandir(self, path: bytes) -> object:
        raise asyncssh.SFTPFailure(SAID)


@pytest.mark.parametrize("lets_in", [True, False])
def test_a_talking_server(overheard: Callable[[BaseException], str], host_key: asyncssh.SSHKey, lets_in: bool) -> None:
    """A greeting before the login, a refusal of it, and a failure of the listing."""
    Talker.lets_in = lets_in
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Talker,
            server_host_keys=[host_key],
            sftp_factory=Refusing,
            server_version=WORD,
        )

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    logging.getLogger("asyncssh").setLevel(logging.CRITICAL)  # the server's own log, in this process by chance
    try:
        with pytest.raises(HubError) as raised:
            list(
                open_source(
                    sftp_system(f"127.0.0.1:{server.get_port()}", pinned(host_key)), load_contracts()["birth"]
                ).pages(Window())
            )
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)

    assert [] == passed_on(overheard(raised.value))


@pytest.mark.parametrize(
    "manifest",
    [
        f'{{"{WORD}": "{NUMBER}"}}',
        f'{{"time": "{WORD}", "files": []}}',
        f'{{"time": 1, "files": {{"{WORD}": 1}}}}',
        WORD,
    ],
)
def test_a_manifest(overheard: Callable[[BaseException], str], tmp_path: Path, manifest: str) -> None:
    """A delivery's promise is JSON of somebody else's making."""
    shipped = Path(__file__).parents[2] / "deployments" / "hcmc" / "systems" / "book-files.yaml"
    entry = yaml.safe_load(shipped.read_text(encoding="utf-8"))
    (tmp_path / "KS-27007-2020.manifest.json").write_text(manifest)
    options = {**entry["options"], "manifests": "*.manifest.json"}
    system = System(
        "book-files", "t", entry["dialect"], tmp_path.as_uri(), {}, options, shipped.parent, now=lambda: NOW
    )
    with pytest.raises(HubError) as raised:
        list(open_source(system, load_contracts()["birth"]).pages(Window()))

    assert [] == passed_on(overheard(raised.value))


def test_a_name_that_leads_a_terminal(tmp_path: Path) -> None:
    """A file's name is its place and is named, but its control characters lead no terminal: also those beyond ASCII, and those that turn a line round."""
    name = "so\x9b31m\u202e.xlsx"
    (tmp_path / name).symlink_to("/etc/passwd")

    [unusable] = Folder(tmp_path).look(9).unusable

    assert plain_name(name) == name
    assert str(unusable.error).startswith("so�31m�.xlsx: a link")
