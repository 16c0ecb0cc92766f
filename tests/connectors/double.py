"""What the little honest systems of these tests share: a socket, a clock, credentials, contracts of just their fields."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from contracts.model import Classification, Contract, Dataset, Field, Kind

ROOT = Path(__file__).parents[2]
REGISTRY = ROOT / "deployments" / "hcmc" / "systems"
NOW = datetime(2022, 6, 2, 1, 0, 0, tzinfo=UTC)
CREDENTIALS = {
    "client_id": "client-7f3a",
    "client_secret": "sécret-51c9",
    "access_key": "access-88d1",
    "secret_key": "secret-a0b2",
    "app_name": "motlan-app",
    "partner_code": "partner-79",
    "username": "hub-user",
    "password": "mật-khẩu-19",
}


def contract_of(name: str, datasets: dict[str, list[str]]) -> Contract:
    """A contract that promises just these fields."""

    def field(wire: str) -> Field:
        return Field(wire, wire.lower(), wire, wire, Kind.TEXT, Classification.NONE)

    head = next(iter(datasets))
    made = tuple(
        Dataset(each, each, each, each, tuple(map(field, wires)), (), None, parent=None if each == head else head)
        for each, wires in datasets.items()
    )
    return Contract(name, name, "1.0.0", name, name, "", "", "", "", {}, made, Path(f"{name}.odcs.yaml"))


@contextmanager
def served(
    answer: Callable[[str, str, dict[str, str], bytes], tuple[int, str, bytes]],
    path: str,
    *,
    clock: datetime | None = NOW,
) -> Iterator[str]:
    """The address of a server that answers by (method, path, headers, body) -> (status, type, body)."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, media_type, content = answer(self.command, self.path, dict(self.headers.items()), body)
            self.send_response_only(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            self.send_header(
                "Content-Digest", f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"
            )
            if clock is not None:
                self.send_header("Date", format_datetime(clock, usegmt=True))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{path}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
