"""docs/add-a-system.md, done as it says: its data file and its dialect are taken out of the text and run."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn
import yaml
from typer.testing import CliRunner

from connectors import System, Window, dialects, open_source, systems
from connectors.testing.conformance import Target, checks_for
from contracts.load import load_contracts
from hub.app import open_hub
from hub.cli import app
from hub.core.settings import read_settings
from twins.clock import Clock
from twins.population import AS_OF, REFERENCE, build_city
from twins.serve import twin_app

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "add-a-system.md").read_text(encoding="utf-8")
DEPLOYMENT = ROOT / "deployments" / "hcmc"
SECRETS = ("client_id", "client_secret", "access_key", "secret_key", "app_name", "partner_code", "username", "password")


def block(language: str, first: str) -> str:
    """The code block of the page that begins with these words."""
    found = [
        b for b in re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE) if b.startswith(first)
    ]
    assert len(found) == 1, f"{len(found)} {language} blocks begin with {first}"
    return found[0]


# -- the same dialect: one data file -----------------------------------------------------------------


@pytest.fixture
def twins(tmp_path: Path) -> Iterator[int]:
    """The twins' port; their credentials lie in secrets.json, as a scenario's do."""
    secrets = {
        name: {each: f"{name}-{each}" for each in SECRETS}
        for name in [p.stem for p in (DEPLOYMENT / "systems").glob("*.yaml")]
    }
    (tmp_path / "secrets.json").write_text(json.dumps(secrets))
    app = twin_app(
        build_city(400, 30, 7, AS_OF, reference=REFERENCE),
        credentials=secrets,
        reference=REFERENCE,
        wsdl=DEPLOYMENT / "systems" / "moj-registry" / "registry.wsdl",
        clock=Clock(AS_OF),
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", access_log=False, date_header=False, server_header=False, lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = server.force_exit = True
    thread.join(10)


def test_a_23rd_district_is_one_data_file(
    twins: int, tmp_path: Path, pg_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page's YAML, one line of credentials, and the district is checked, synced, and nothing comes twice."""
    entry = block("yaml", "system: one-stop-799")
    name = yaml.safe_load(entry)["system"]
    deployment = shutil.copytree(DEPLOYMENT, tmp_path / "hcmc")
    (deployment / "systems" / f"{name}.yaml").write_text(entry, encoding="utf-8")
    secrets = json.loads((tmp_path / "secrets.json").read_text())
    (tmp_path / "secrets.json").write_text(json.dumps({**secrets, name: secrets["one-stop-760"]}))
    monkeypatch.setenv("HUB_DATABASE_URL", pg_url)
    settings = read_settings(
        home=tmp_path / "var",
        deployment=deployment,
        secrets_file=tmp_path / "secrets.json",
        port_base=twins - 2,
        as_of=AS_OF,
    )

    with open_hub(settings) as hub:
        stream = hub.deployment.stream(name)
        probes = list(hub.source(stream).check())
        _, first = hub.exchange(stream.id).sync()
        _, again = hub.exchange(stream.id).sync(mode="full")

    assert [p.step for p in probes if p.ok is False] == []
    assert first["dossier"].accepted > 0
    assert first["dossier"].received == again["dossier"].received
    assert 0 == sum(counts.accepted for counts in again.values())


# -- another dialect: one Python file ----------------------------------------------------------------


class Store(BaseHTTPRequestHandler):
    """A store that speaks what the page's example describes, honestly, over a few records."""

    rows: list[dict[str, str]]

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        known = self.headers.get("X-Api-Key") == "an-access-key"
        body, status, media = (
            self.page(query).encode() if known else b"",
            200 if known else 401,
            "text/csv; charset=utf-8",
        )
        self.send_response(status)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def page(self, query: dict[str, str]) -> str:
        start, after = query.get("from", "").replace("+00:00", ""), query.get("after", "")
        mark = [(r["ngayCapNhat"].replace("+00:00", ""), r["id"]) for r in self.rows]
        kept = [
            r
            for r, m in zip(self.rows, mark, strict=True)
            if (m > (start, after) if after else m[0] >= start) and m[0] <= query.get("to", "9")
        ]
        limit = int(query["limit"])
        out = io.StringIO()
        writer = csv.DictWriter(out, list(self.rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept[:limit])
        return f"{out.getvalue()}#end,{len(kept[:limit])},{int(len(kept) > limit)}\n"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the screen of a test."""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The page's dialect, in place as a module of connectors/systems, at an honest store of seven marriages."""
    folder = tmp_path_factory.mktemp("dialect")
    (folder / "book_store.py").write_text(block("python", '"""A contractor\'s store'), encoding="utf-8")
    contract = load_contracts()["marriage"]
    times = [f"2022-05-{day:02d}T08:00:00+00:00" for day in (1, 2, 2, 3, 4, 5, 6)]
    Store.rows = [
        {f.name: "" for f in contract.datasets[0].fields}
        | {"id": str(n), "maDonVi": "760", "ngayCapNhat": at, "so": f'{n}/2022, "A"'}
        for n, at in enumerate(times, 1)
    ]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    system = System(
        "book-store",
        "Kho số hóa",
        "book_store",
        f"http://127.0.0.1:{server.server_port}",
        {"access_key": "an-access-key"},
        {"page_size": 3},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(systems, "__path__", [*systems.__path__, str(folder)])
        yield Target(system, contract, lambda request: "marriage.csv" in request.path, ())
        sys.modules.pop("connectors.systems.book_store", None)
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_the_example_is_short_and_found_by_its_name(target: Target) -> None:
    """A dialect is one file of at most 80 lines here, and no list of dialects is edited."""
    assert block("python", '"""A contractor\'s store').count("\n") <= 80
    assert "book_store" in dialects()


def test_every_record_comes_once_and_the_position_is_the_last(target: Target) -> None:
    """Pages of three, seven records, two of them at one time."""
    source = open_source(target.system, target.contract)
    pages = list(source.pages(Window()))
    ids = [i for page in pages for i in source.records(page.body, page.media_type)["marriage"]["id"].to_list()]

    assert ["1", "2", "3", "4", "5", "6", "7"] == ids
    assert ("2022-05-06T08:00:00+00:00", "7") == (pages[-1].end.changed_at.isoformat(), pages[-1].end.record_id)
    assert all(probe.ok is not False for probe in source.check())


CHECKS = [
    check.name
    for check in checks_for(Target(System("", "", "", ""), load_contracts()["marriage"], lambda request: True, ()))
]


@pytest.mark.parametrize("name", CHECKS)
def test_the_example_conforms(target: Target, name: str) -> None:
    """What every connector must withstand, the page's example withstands too."""
    next(check for check in checks_for(target) if check.name == name).run(target)


# -- only a WSDL ---------------------------------------------------------------------------------------


def test_the_operation_of_the_page_is_the_examples() -> None:
    """What the page shows is what the example's system file says."""
    shown = yaml.safe_load(block("yaml", "operations:"))
    example = yaml.safe_load((ROOT / "deployments" / "examples" / "notary" / "notary.yaml").read_text(encoding="utf-8"))

    assert example["options"]["operations"] == shown["operations"]


def test_the_commands_of_the_page_draft_and_lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As typed: files are written once and not over each other, the draft is no contract before it is decided, and the example is."""
    typed = re.search(r"hub (contracts init --from-wsdl .*?)--into drafts", PAGE, re.DOTALL)[1].replace("\\\n", " ")
    run = CliRunner()
    monkeypatch.chdir(ROOT)
    made, again = (run.invoke(app, [*typed.split(), "--into", str(tmp_path)]) for _ in range(2))
    lints = [
        run.invoke(app, ["contracts", "lint", str(path)])
        for path in (tmp_path / "notary_office.odcs.yaml", ROOT / "deployments/examples/notary/notary_office.odcs.yaml")
    ]

    assert (0, 78) == (made.exit_code, getattr(again.exception, "exit_code", None))
    assert [65, 0] == [getattr(each.exception, "exit_code", each.exit_code) for each in lints]
