"""Full lists from a folder given by hand, and where their sources disagree: through connector, contract and ledger."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from contracts.errors import DeploymentInvalid
from hub.app import open_hub
from hub.core import events
from hub.core.deployment import load_deployment
from hub.core.settings import ROOT, read_settings

HCMC = ROOT / "deployments" / "hcmc"
SHARED = ROOT.parent / "shared" / "data"
CITY = """ward_code,ward_name,ward_name_other_source,ward_type,province_code,valid_from
26977,Phường Tân Sơn Hoà,Phường Tân Sơn Hòa,Phường,79,2025-07-01
26737,Phường Tân Định,Phường Tân Định,Phường,79,2025-07-01
2673,Phường Đa Kao,,Phường,79,2025-07-01
"""


def folder_of(tmp_path: Path) -> Path:
    made = tmp_path / "lists" / "admin_units"
    made.mkdir(parents=True)
    (made / "hcmc_wards_2025.csv").write_text(CITY, encoding="utf-8")
    return made.parent


def synced(pg_url: str, tmp_path: Path, data: Path, stream: str) -> tuple[dict[str, int], Counter[str]]:
    """What became of each record, and how many findings each rule made."""
    with open_hub(read_settings(home=tmp_path / "home", database_url=pg_url, data=data)) as hub:
        _, counts = hub.exchange(stream, on_event=events.ignore).sync()
        with hub.engine.connect() as connection:
            rules = connection.execute(sa.text("select rule from hub.finding")).scalars().all()
        [each] = counts.values()
        return {name: value for name, value in vars(each).items() if value}, Counter(rules)


def test_a_list_of_two_sources_keeps_both_words(pg_url: str, tmp_path: Path) -> None:
    """Hoà and Hòa are a finding, and accepted; a code that is none is quarantined."""
    counts, rules = synced(pg_url, tmp_path, folder_of(tmp_path), "list-units-city")

    assert (3, 2, 1) == (counts["received"], counts["accepted"], counts["quarantined"])
    assert {"listed_units.sources-name-it-alike": 1} == rules


def test_every_disagreement_of_the_sources_is_a_finding(pg_url: str, tmp_path: Path) -> None:
    """246 names and 11 codes; among them 06970 and 06978, and the 201 names of one pair of lists."""
    rows = pl.read_csv(HCMC / "reference" / "unit_disagreements.csv", infer_schema=False)
    counts, rules = synced(pg_url, tmp_path, folder_of(tmp_path), "list-disagreements")

    assert rows.height == counts["received"] == counts["accepted"]
    assert {
        "listed_units.sources-name-it-alike": rows.filter(pl.col("name") != pl.col("other_name")).height,
        "listed_units.sources-number-it-alike": rows.filter(pl.col("code") != pl.col("other_code")).height,
    } == rules
    assert rows.height == rules.total()


@pytest.mark.skipif(not SHARED.exists(), reason="no shared data beside the checkout")
@pytest.mark.parametrize(
    ("stream", "received", "findings"),
    [
        ("list-units-2025", 3_321, 0),
        ("list-units-2022", 10_599, 0),
        ("list-units-city", 168, 17),
        ("list-procedures", 2_642, 59),
        ("list-countries", 249, 0),
        ("list-provinces-2022", 63, 0),
        ("list-provinces-2025", 34, 3),
        ("list-districts-2022", 22, 0),
        ("list-units-mid-2025", 442, 0),
        ("list-unit-history", 796, 0),
        ("list-conversions-2025", 493, 0),
        ("list-ethnic-groups", 56, 0),
    ],
)
def test_the_full_lists_load(pg_url: str, tmp_path: Path, stream: str, received: int, findings: int) -> None:
    """Nothing of the shared lists is lost or refused."""
    counts, rules = synced(pg_url, tmp_path, SHARED, stream)

    assert received == counts["received"] == counts["accepted"]
    assert findings == rules.total()


MID_2025 = """ward_code,ward_name,district_code,district_name,province_code,province_name
,,755,Huyện Côn Đảo,77,Tỉnh Bà Rịa - Vũng Tàu
25741,Phường Hiệp Thành,718,Thành phố Thủ Dầu Một,74,Tỉnh Bình Dương
"""


def test_a_district_without_communes_stands_for_itself(pg_url: str, tmp_path: Path) -> None:
    """Côn Đảo's ward code is empty in the list, and that is no fault: the row is the district's, under its own code and its province."""
    folder = tmp_path / "lists" / "admin_units"
    folder.mkdir(parents=True)
    (folder / "hcmc_area_wards_2025-06-30.csv").write_text(MID_2025, encoding="utf-8")
    counts, _ = synced(pg_url, tmp_path, folder.parent, "list-units-mid-2025")
    with sa.create_engine(pg_url.replace("postgresql://", "postgresql+psycopg://")).connect() as connection:
        rows = connection.execute(
            sa.text("select code, name, parent_code, valid_to from warehouse.listed_units order by code")
        ).all()

    assert (2, 2) == (counts["received"], counts["accepted"])
    assert [("25741", "Phường Hiệp Thành", "718", "2025-06-30"), ("755", "Huyện Côn Đảo", "77", "2025-06-30")] == [
        tuple(row) for row in rows
    ]


def test_without_a_folder_nothing_is_read() -> None:
    """No default stands in the tree."""
    assert not [s for s in load_deployment(HCMC).systems if s.startswith("list-")]
    assert 13 == len([s for s in load_deployment(HCMC, data=True).systems if s.startswith("list-")])


def test_a_folder_that_is_none_is_named() -> None:
    """HUB_DATA must be there."""
    with pytest.raises(DeploymentInvalid, match="HUB_DATA"):
        read_settings(data="/no/such/folder")
