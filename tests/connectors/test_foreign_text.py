"""Words of a peer are never passed on: not in errors, logs or on the console.

Servers on raw sockets send a synthetic person's data wherever their protocol has room for words, with escape codes for terminals.
More than 300 lines on purpose: each protocol has a server of its own here, and one list of demands holds for all.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import psycopg
import pytest

from connectors import Enquiry, System, Window, open_registry, open_source
from connectors.file_stores import Folder, plain_name
from contracts.errors import HubError
from contracts.load import load_contracts
from contracts.model import Contract
from hub.local.embedded import EmbeddedServer
from tests.connectors.digitised_books import COLUMNS, LOGIN, row, typed
from tests.connectors.digitised_books import system as store_system
from tests.connectors.double import CREDENTIALS, NOW
from tests.connectors.notary_double import notary_contract, notary_system
from tests.connectors.one_stop_double import (
    dossier_contract,
    e_identification_system,
    one_stop_system,
    portal_system,
    uses_contract,
)
from tests.connectors.registry_double import birth_contract, facade_json_system, facade_system, registry_system

NAME, NUMBER, WORD, ESCAPE = "Nguyễn Văn Lộ", "079000000001", "CanaryVanLo", "\x1b]0;owned\x07"
CANARIES = (
    NAME,
    NUMBER,
    WORD,
    ESCAPE,
    "Nguy\xe1\xbb\x85n",
)  # the last: UTF-8 read as ISO 8859-1, as HTTP's headers are
SAID = f"{NAME} {NUMBER} {WORD} {ESCAPE}"
AS_HEADER = SAID.encode().decode("latin-1")


@pytest.fixture
def overheard(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Callable[[BaseException], str]:
    """All that a person, a log or another process would see of an error, and of what was logged and printed until then."""
    caplog.set_level(logging.DEBUG)

    def everything(error: BaseException) -> str:
        formatter = logging.Formatter("%(name)s %(message)s")
        logged = "\n".join(formatter.format(record) for record in caplog.records)
        return "\n".join((repr(error), str(error), *traceback.format_exception(error), logged, *capfd.readouterr()))

    return everything


@contextmanager
def saying(answer: bytes) -> Iterator[str]:
    """Host and port of a server that gives everybody the same bytes, once it has read something."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                wire, _ = listener.accept()
            except OSError:
                return
            with wire:
                wire.settimeout(5)
                try:
                    _ = wire.recv(65536)
                    wire.sendall(answer)
                    wire.shutdown(socket.SHUT_WR)
                    while wire.recv(65536):
                        pass
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def http(body: str, status: str = "200 OK", media_type: str = "application/json", *more: str) -> bytes:
    content = body.encode()
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(content)}",
        "Connection: close",
        *more,
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + content


def envelope(fault: str) -> str:
    return f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>{fault}</s:Fault></s:Body></s:Envelope>'


XML_SAID = f"{NAME} {NUMBER} {WORD}"
REFUSED = json.dumps(
    {"error_code": NUMBER, "message": SAID, "status": 0, "errorCode": WORD, "statusDescription": SAID, "error": SAID}
)
ANSWERS = {
    "a reason beside the status": http("{}", f"500 {AS_HEADER}"),
    "a status line that is none": f"{SAID}\r\n\r\n".encode(),
    "a header without a colon": http("{}", "200 OK", "application/json", f"X-A: b\r\n{AS_HEADER}"),
    "a media type": http("{}", "200 OK", f"text/{AS_HEADER}; charset={WORD}"),
    "Retry-After": http("{}", "503 busy", "application/json", f"Retry-After: {AS_HEADER}"),
    "a redirect": http("{}", "302 Found", "application/json", f"Location: http://127.0.0.1:9/{WORD}/{NUMBER}"),
    "an authentication challenge": http(
        REFUSED, "401 no", "application/json", f"WWW-Authenticate: Basic realm={AS_HEADER}"
    ),
    "a refusal as JSON": http(REFUSED),
    "a status that is a text": http(json.dumps({"status": SAID, "access_token": {SAID: SAID}, SAID: SAID})),
    "no JSON": http(f'{{"{SAID}": '),
    "a page of HTML": http(f"<!doctype html><title>{SAID}</title>", "200 OK", "text/html"),
    "a faultcode": http(
        envelope(f"<faultcode>s:{WORD}</faultcode><faultstring>{XML_SAID}</faultstring>"),
        "500 no",
        "text/xml; charset=utf-8",
    ),
    "a faultcode behind a known one": http(
        envelope(f"<faultcode>s:Server.{WORD}</faultcode><faultstring>x</faultstring>"),
        "500 no",
        "text/xml; charset=utf-8",
    ),
    "a detail": http(
        envelope(
            f"<faultcode>s:Client</faultcode><faultstring>x</faultstring><detail><maLoi>{NUMBER}</maLoi><a>{XML_SAID}</a></detail>"
        ),
        "500 no",
        "text/xml; charset=utf-8",
    ),
    "ill-formed XML": http(f"<s:Envelope><{WORD}>{NAME}</b>", "200 OK", "text/xml; charset=utf-8"),
    "an element nobody knows": http(f'<{WORD} a="{NUMBER}">{NAME}</{WORD}>', "200 OK", "text/xml; charset=utf-8"),
    "an entity": http(f'<!DOCTYPE a [<!ENTITY {WORD} "{NAME}">]><a>&{WORD};</a>', "200 OK", "text/xml; charset=utf-8"),
}
DIALECTS: dict[str, tuple[Callable[..., System], Callable[[], Contract]]] = {
    "one_stop": (one_stop_system, dossier_contract),
    "national_portal": (portal_system, dossier_contract),
    "e_identification": (e_identification_system, uses_contract),
    "moj_registry": (registry_system, birth_contract),
    "moj_registry_rest xml": (facade_system, lambda: load_contracts()["birth"]),
    "moj_registry_rest json": (facade_json_system, lambda: load_contracts()["birth"]),
    "wsdl_operation": (notary_system, notary_contract),
}


@pytest.mark.parametrize("where", ANSWERS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_over_http(overheard: Callable[[BaseException], str], dialect: str, where: str) -> None:
    """Wherever HTTP, JSON, XML and SOAP have room for words, none of them is passed on."""
    system, contract = DIALECTS[dialect]
    with saying(ANSWERS[where]) as place:
        source = open_source(system(f"http://{place}/x", attempts=1, deadline_s=5.0), contract())
        with pytest.raises(HubError) as raised:
            list(source.pages(Window()))
        source.close()

    assert [] == [each for each in CANARIES if each in overheard(raised.value)]


@pytest.mark.parametrize("where", ANSWERS)
def test_of_the_population_database(overheard: Callable[[BaseException], str], where: str) -> None:
    """It is asked about one person, and answers about nobody else."""
    with saying(ANSWERS[where]) as place:
        system = System(
            "population-db",
            "Dân cư",
            "population",
            f"http://{place}/p",
            CREDENTIALS,
            {"madonvi": "000.00.00.H29", "attempts": 1},
            now=lambda: NOW,
        )
        enquiry = Enquiry("079190000001", "Trần Thị Lan", "1990-05-12", "000.00.16.H29", "civil-status", "H1")
        with pytest.raises(HubError) as raised:
            open_registry(system).ask(enquiry, deadline_s=5)

    assert [] == [each for each in CANARIES if each in overheard(raised.value)]


# -- SFTP ------------------------------------------------------------------------------------------------


def sftp_system(place: str, host_key: str) -> System:
    import yaml

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

    assert [] == [each for each in CANARIES if each in overheard(raised.value)]


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

    assert [] == [each for each in CANARIES if each in overheard(raised.value)]


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
    import yaml

    shipped = Path(__file__).parents[2] / "deployments" / "hcmc" / "systems" / "book-files.yaml"
    entry = yaml.safe_load(shipped.read_text(encoding="utf-8"))
    (tmp_path / "KS-27007-2020.manifest.json").write_text(manifest)
    options = {**entry["options"], "manifests": "*.manifest.json"}
    system = System(
        "book-files", "t", entry["dialect"], tmp_path.as_uri(), {}, options, shipped.parent, now=lambda: NOW
    )
    with pytest.raises(HubError) as raised:
        list(open_source(system, load_contracts()["birth"]).pages(Window()))

    assert [] == [each for each in CANARIES if each in overheard(raised.value)]


def test_a_name_that_leads_a_terminal(tmp_path: Path) -> None:
    """A file's name is its place and is named, but its control characters lead no terminal: also those beyond ASCII, and those that turn a line round."""
    name = "so\x9b31m\u202e.xlsx"
    (tmp_path / name).symlink_to("/etc/passwd")

    with pytest.raises(HubError) as raised:
        Folder(tmp_path).look()

    assert plain_name(name) == name
    assert str(raised.value).startswith("so�31m�.xlsx: a link")


# -- SQL -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def owner(server: EmbeddedServer) -> Iterator[str]:
    """The owner's URL of a store whose table of births is a view over the owner's own code."""
    url = server.ensure("store_talks", "talking-owner", "owner", readers={LOGIN["username"]: LOGIN["password"]})
    with psycopg.connect(url) as connection:
        connection.execute(f"create table behind ({', '.join(typed(name, engine='postgresql') for name in COLUMNS)})")
        connection.execute(f"insert into behind values ({', '.join(['%s'] * len(COLUMNS))})", list(row(1).values()))
        connection.execute('create table "DM_NOIDANGKY" ("Ma" integer, "Ten" text, "MaCapCha" integer, "IDMap" text)')
        connection.execute("create function says() returns boolean language plpgsql as $$ begin return true; end $$")
        connection.execute('create view "HT_KHAISINH" as select * from behind where says()')
        connection.execute(f'grant select on all tables in schema public to "{LOGIN["username"]}"')
    yield url
    server.drop("store_talks")
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(f'drop role "{LOGIN["username"]}"')


@pytest.mark.parametrize(
    "state", ["P0001", "23505", "42P01", "42501", "57014", "08006", "22023", "53300", "40001", "XX000", "28000"]
)
def test_over_sql(overheard: Callable[[BaseException], str], owner: str, state: str) -> None:
    """A function or trigger of theirs may raise with any code, and put words into message, detail, hint, and names of tables."""
    quoted = SAID.replace("'", "''")
    names = ", ".join(
        f"{part} = '{quoted}'"
        for part in ("message", "detail", "hint", "table", "column", "constraint", "schema", "datatype")
    )
    body = f"begin raise warning '%', '{quoted}'; raise notice '%', '{quoted}'; raise exception using errcode = '{state}', {names}; end"
    with psycopg.connect(owner) as connection:
        connection.execute(f"create or replace function says() returns boolean language plpgsql as $$ {body} $$")
    port = psycopg.conninfo.conninfo_to_dict(owner)["port"]
    with pytest.raises(HubError) as raised:
        list(
            open_source(store_system(f"postgresql://127.0.0.1:{port}/store_talks"), load_contracts()["birth"]).pages(
                Window()
            )
        )

    assert [] == [each for each in CANARIES if each in overheard(raised.value)]
    assert state in str(raised.value)


@pytest.mark.parametrize(
    "answer",
    [
        b"E\x00\x00\x00\x00" + f"SFATAL\0C28000\0M{SAID}\0\0".encode(),
        SAID.encode(),
        b"R\x00\x00\x00\x0c\x00\x00\x00\x63" + WORD.encode(),
    ],
)
def test_a_server_that_is_no_database(overheard: Callable[[BaseException], str], answer: bytes) -> None:
    """Before anybody is let in a server may say anything, and the driver's error repeats it."""
    whole = answer[:1] + (len(answer) - 1).to_bytes(4, "big") + answer[5:] if answer[:1] == b"E" else answer
    with saying(whole) as place:
        source = open_source(
            store_system(f"postgresql://{place}/x?sslmode=disable&gssencmode=disable"), load_contracts()["birth"]
        )
        with pytest.raises(HubError) as raised:
            list(source.pages(Window()))

    assert [] == [each for each in CANARIES if each in overheard(raised.value)]
