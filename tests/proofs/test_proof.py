"""The quality proof around its walks: what it refuses, and what it takes for an answer."""

from __future__ import annotations

import json

import pytest
import structlog

from hub.core import events
from proofs.quality import walk
from proofs.quality.__main__ import main


def test_a_folder_without_name_lists_is_refused_at_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["proof", "--names", str(tmp_path)])
    monkeypatch.setattr("subprocess.run", lambda *_, **__: pytest.fail("a city was walked"))

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert "vn_given_names.csv" in capsys.readouterr().err


def test_the_answer_of_a_walk_is_alone_on_its_output(monkeypatch, capsys):
    def walked(*_):
        events.emit("column.old_text", {"stream": "book-files.birth", "dataset": "birth"})
        return {"seed": 7}

    monkeypatch.setattr(walk, "walk", walked)
    monkeypatch.setattr(
        "sys.argv", ["walk", "--seed", "7", "--records", "1000", "--dossiers", "10", "--home", "nowhere"]
    )

    structlog.reset_defaults()  # as in a process of its own
    walk.main()

    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"seed": 7}
    assert "column.old_text" in printed.err
