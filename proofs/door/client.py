"""The client's side, which runs on the other machine: knows the door's address, an authority, a certificate, a token.

python -m proofs.door.client ask  HOST PORT AUTHORITY     one JSON question a line on stdin, one answer a line
python -m proofs.door.client load HOST PORT AUTHORITY     the same question again and again, until stdin closes
"""

from __future__ import annotations

import http.client
import json
import ssl
import sys
import threading
import time
from collections import Counter
from typing import Any

LANES = 6
PAUSE_S = 0.1


def main() -> None:
    what, host, port, authority = sys.argv[1:]
    if what == "ask":
        for line in sys.stdin:
            print(json.dumps(_asked(host, int(port), authority, json.loads(line))), flush=True)
    else:
        print(json.dumps(_load(host, int(port), authority, json.loads(sys.stdin.readline()))), flush=True)


def _asked(host: str, port: int, authority: str, question: dict[str, Any]) -> dict[str, Any]:
    """Status of one question on a connection of its own; a connection that breaks is told by its error's name."""
    context = ssl.create_default_context(cafile=authority)
    if question.get("certificate"):
        context.load_cert_chain(question["certificate"])
    connection = http.client.HTTPSConnection(host, port, timeout=30, context=context)
    try:
        body, headers = question.get("body"), question.get("headers", {})
        connection.request(question["method"], question["path"], body, headers)
        reply = connection.getresponse()
        content = reply.read().decode()
        return {"status": reply.status, "retry": reply.headers.get("retry-after"), "content": content}
    except OSError as error:
        return {"status": 0, "error": type(error).__name__}
    except http.client.HTTPException as error:
        return {"status": 0, "error": type(error).__name__}
    finally:
        connection.close()


def _load(host: str, port: int, authority: str, questions: list[dict[str, Any]]) -> dict[str, Any]:
    """What came back, by status, until stdin closes."""
    seen: Counter[str] = Counter()
    waits: list[float] = []
    ends = threading.Event()

    def lane(number: int) -> None:
        turn = number
        while not ends.is_set():
            turn += LANES
            began = time.monotonic()
            answer = _asked(host, port, authority, questions[turn % len(questions)])
            waits.append(time.monotonic() - began)
            name = str(answer["status"]) if answer["status"] else answer["error"]
            seen[f"{name} without Retry-After" if name in ("429", "503") and not answer.get("retry") else name] += 1
            time.sleep(PAUSE_S)

    lanes = [threading.Thread(target=lane, args=(n,)) for n in range(LANES)]
    for each in lanes:
        each.start()
    sys.stdin.read()
    ends.set()
    for each in lanes:
        each.join()
    return {"seen": dict(seen), "seconds_at_worst": round(max(waits, default=0.0), 2)}


if __name__ == "__main__":
    main()
