"""The workbench's tabs in Airflow: taken by Airflow's own loader, and shown by the workbench to this Airflow alone."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from hub.core.settings import ROOT, read_settings
from orchestration.workbench_tab import views


def test_airflow_takes_the_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    """As its API describes them: each with a route of its own, one in every DAG, to the page of its system, one in every run."""
    from airflow.api_fastapi.core_api.datamodels.plugins import ExternalViewResponse

    monkeypatch.setenv("HUB_WORKBENCH_URL", "https://lam-viec.example")
    file = ROOT / "orchestration" / "plugins" / "motlan_plugin.py"
    spec = importlib.util.spec_from_file_location("motlan_plugin_of_a_test", Path(file))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    taken = [ExternalViewResponse(**view) for view in module.MotLanPlugin.external_views]

    assert {"nav", "dag", "dag_run"} == {view.destination for view in taken}
    assert len(taken) == len({view.url_route for view in taken})
    paths = ["", "systems/{DAG_ID}", "airflow/{DAG_ID}/{RUN_ID}"]
    assert [f"https://lam-viec.example/{path}" for path in paths] == [view.href for view in taken]


def test_by_default_it_is_this_machine_s() -> None:
    settings = read_settings(port_base=9000)
    assert f"http://127.0.0.1:{9005}/" == views(settings)[0]["href"]
