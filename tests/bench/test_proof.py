"""The quality proof refuses what it cannot use before it walks."""

from __future__ import annotations

import pytest

from bench.proof.__main__ import main


def test_a_folder_without_name_lists_is_refused_at_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["proof", "--names", str(tmp_path)])
    monkeypatch.setattr("subprocess.run", lambda *_, **__: pytest.fail("a city was walked"))

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert "vn_given_names.csv" in capsys.readouterr().err
