"""The proof of a folder of WSDLs: each has a line that says whether it can be asked, and if not, why."""

from __future__ import annotations

from pathlib import Path

import pytest

from proofs import wsdls
from tests.connectors.wsdl_texts import MESSAGES, OFFICE, REPLY, REQUEST, definitions, outside, port_type, schema


def test_a_folder_is_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Imports are taken from the folder by the name that ends their location; what is refused has its reason."""
    (tmp_path / "good.wsdl").write_text(
        definitions(types=schema('<xs:include schemaLocation="http://h.example/all/types.xsd"/>')), encoding="utf-8"
    )
    (tmp_path / "types.xsd").write_text(outside(OFFICE + REQUEST + REPLY), encoding="utf-8")
    (tmp_path / "abstract.wsdl").write_text(definitions(MESSAGES, port_type()), encoding="utf-8")
    (tmp_path / "page.wsdl").write_text("<html>", encoding="utf-8")

    assert 0 == wsdls.run(tmp_path)
    shown = capsys.readouterr().out
    assert "good.wsdl: 1 of 1 operations can be asked" in shown
    assert "it has neither a port nor a binding" in shown
    assert "3 WSDLs: 1 can be asked, 1 of them drafted; 2 refused; 0 errors without a name" in shown


def test_an_error_that_nobody_named_fails_the_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what the proof is for."""

    def broken(*_: object) -> None:
        raise IndexError

    (tmp_path / "good.wsdl").write_text(definitions(), encoding="utf-8")
    monkeypatch.setattr(wsdls, "read_documents", broken)

    assert wsdls.UNNAMED == wsdls.run(tmp_path)
