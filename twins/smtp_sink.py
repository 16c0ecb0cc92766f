"""A mail server that keeps what it is given: enough of SMTP (RFC 5321) for a client without TLS on this machine.

`refuses` answers DATA with 451, as a server that is full does.
"""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage


@dataclass
class SmtpSink:
    """What came, and whether it is refused."""

    refuses: bool = False
    mails: list[EmailMessage] = field(default_factory=list)


@contextmanager
def receiving(sink: SmtpSink) -> Iterator[str]:
    """The smtp:// address of a sink on a free port of loopback, until the block ends."""

    class SinkSession(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 sink of the twins")
            while line := self.rfile.readline():
                verb = line.strip().split(b" ")[0].upper()
                if verb == b"QUIT":
                    self._say("221 goodbye")
                    return
                if verb != b"DATA":
                    self._say("250 good")
                elif sink.refuses:
                    self._say("451 full")
                else:
                    self._say("354 go on")
                    self._keep()

        def _keep(self) -> None:
            body = bytearray()
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                body += line[1:] if line.startswith(b"..") else line
            sink.mails.append(email.message_from_bytes(bytes(body), policy=email.policy.default))
            self._say("250 kept")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), SinkSession) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"smtp://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(10)
