"""The description holds: whatever is asked, no fault of ours, no breach of the schema, nothing without a token. A longer run: `make fuzz-api`."""

from __future__ import annotations

import os

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import CHECKS
from starlette.testclient import TestClient

from hub.app import Hub
from service.auth import BY_CERTIFICATE, OPEN
from service.ministry import rest

from .conftest import HOSPITAL, QUAN_1, STRANGER, Sign, noted

WHO = ((QUAN_1, "civil-status"), (HOSPITAL, "patient-admission"), (STRANGER, "civil-status"))
NAMES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def test_every_route_is_described_with_examples_in_vietnamese(client: TestClient, app: FastAPI) -> None:
    """Each guarded route has a Vietnamese summary, tells its refusals, wants a token, and its body has an example."""
    described = client.get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert "Trước khi yêu cầu" in described["info"]["description"]
    operations = [(path, each) for path, methods in described["paths"].items() for each in methods.values()]
    assert {getattr(route, "path", "") for route in app.routes} - {"/openapi.json"} == set(described["paths"])
    for path, each in operations:
        assert any(ord(letter) > 0x7F for letter in each["summary"]), path
        if path in OPEN:
            continue
        if path in BY_CERTIFICATE:  # the certificate is below HTTP: the description's text says so
            assert {"400", "401"} <= set(each["responses"]), path
            continue
        # The Ministry's façades refuse as they are published: `status` 0 with a code inside 200.
        refusals = {"401", "403", "422", "429", "503"} | (set() if path.startswith(rest.router.prefix) else {"404"})
        assert each["security"], path
        assert refusals <= set(each["responses"]), path
        body = (
            each.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
        )
        schema = described["components"]["schemas"][body.rsplit("/", 1)[-1]] if body else {}
        assert (
            not body
            or "examples" in schema
            or all(
                "examples" in field or "default" in field or "$ref" in field or "anyOf" in field
                for field in schema["properties"].values()
            )
        ), path


def _fuzz(app: FastAPI, sign: Sign, examples: int) -> int:
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    checks, asked = CHECKS.get_by_names(NAMES), [0]
    for operation in (each.ok() for each in schema.get_all_operations()):
        for mode in schemathesis.GenerationMode:
            if operation.path in OPEN and mode is schemathesis.GenerationMode.NEGATIVE:
                continue  # nothing can be wrong with a question that takes nothing
            strategy = operation.as_strategy(generation_mode=mode)

            @seed(7)
            @settings(
                max_examples=examples,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=strategy)
            def ask(case: schemathesis.Case) -> None:
                asked[0] += 1
                headers = {} if case.operation.path in OPEN else sign(*WHO[asked[0] % len(WHO)])
                case.call_and_validate(headers=headers, checks=checks)
                if case.operation.path not in OPEN:
                    assert case.call().status_code == 401

            ask()
    return asked[0]


@pytest.mark.filterwarnings("ignore")
def test_fuzzed(app: FastAPI, sign: Sign, hub: Hub) -> None:
    """Right and wrong questions at random, by three askers."""
    asked = _fuzz(app, sign, 25)
    assert asked > 100
    assert len(noted(hub)) > 50


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.timeout(3600)
def test_fuzzed_for_long(app: FastAPI, sign: Sign, hub: Hub) -> None:
    assert _fuzz(app, sign, int(os.environ.get("EXAMPLES", "1000"))) > 1000
