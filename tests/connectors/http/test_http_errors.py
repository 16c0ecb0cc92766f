"""Every exception of requests and urllib3 has a place in our error tree."""

from __future__ import annotations

import inspect
import pickle
import ssl
from types import ModuleType

import pytest
import requests.exceptions
import urllib3.exceptions

from connectors.errors import Incomplete, Refused, Throttled, Unreachable, Untrusted
from connectors.http.errors import KINDS, translate
from contracts.errors import HubError


def exceptions_of(module: ModuleType) -> list[type[BaseException]]:
    """Its own exception classes; warnings are never raised at us."""
    found = [each for _, each in inspect.getmembers(module, inspect.isclass) if issubclass(each, Exception)]
    return [
        each for each in found if not issubclass(each, Warning) and each.__module__.startswith(("requests", "urllib3"))
    ]


@pytest.mark.parametrize(
    "kind", sorted({*exceptions_of(requests.exceptions), *exceptions_of(urllib3.exceptions)}, key=str)
)
def test_every_exception_is_mapped(kind: type[BaseException]) -> None:
    """The class itself stands in the table, so that a new one of a new version cannot slip through its parent."""
    assert kind in KINDS
    assert issubclass(KINDS[kind], HubError)


def test_the_librarys_text_stays_behind() -> None:
    """A message names the kind of the error and never what the library says, which holds addresses with queries."""
    error = requests.exceptions.ConnectionError("GET /x?sauMaHoSo=000.00.01.H29-220601-0001 refused")

    ours = translate(error, "one-stop-760: token")

    assert type(ours) is Unreachable
    assert str(ours) == "one-stop-760: token: no connection (ConnectionError)"


def test_a_connection_that_breaks_inside_the_reply() -> None:
    """Once the reply has begun, a broken connection means a cut reply."""
    assert type(translate(ConnectionResetError(), "x", replied=True)) is Incomplete


def test_certificates_and_cut_handshakes() -> None:
    """Only a certificate that does not verify calls for a person; a handshake cut by the network does not."""
    verification = requests.exceptions.SSLError(
        urllib3.exceptions.MaxRetryError(None, "/", urllib3.exceptions.SSLError(ssl.SSLCertVerificationError("bad")))
    )  # type: ignore[arg-type]

    assert type(translate(verification, "x")) is Untrusted
    assert type(translate(requests.exceptions.SSLError(ssl.SSLEOFError("cut")), "x")) is Unreachable


@pytest.mark.parametrize("error", [Throttled("wait", retry_after_s=12.0), Refused("no", hint="ask", code="106")])
def test_errors_cross_process_borders_whole(error: HubError) -> None:
    """What an error adds to its message survives pickling: Airflow and thread pools need it."""
    again = pickle.loads(pickle.dumps(error))

    assert (type(error), str(error), vars(error)) == (type(again), str(again), vars(again))
