"""The shipped reference lists are what the declared packages and the entered facts give."""

from __future__ import annotations

import csv
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from deployments.generate import packages, tables
from deployments.generate.__main__ import HCMC, build
from deployments.generate.units import key, same
from hub.core.settings import ROOT

SHARED = ROOT.parent / "shared" / "data" / "admin_units"


def installed() -> bool:
    """Whether the extra `reference` is here."""
    try:
        return all(version(name) for name in (packages.LEGACY, packages.REFORM, packages.CURRENT, "pycountry", "babel"))
    except PackageNotFoundError:
        return False


needs_packages = pytest.mark.skipif(not installed(), reason="the extra `reference` is not installed")
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="no shared data beside the checkout")


@needs_packages
def test_the_lists_are_not_stale() -> None:
    """Byte for byte: nobody edits a generated list by hand."""
    for name, rows in build(HCMC / "facts").items():
        assert tables.text(rows) == (HCMC / "reference" / name).read_text(encoding="utf-8"), name


@needs_packages
def test_a_merger_that_nobody_reported_is_refused(tmp_path: Path) -> None:
    """A line missing in facts/mergers.csv would lose a commune: the code and the day are named."""
    for file in (HCMC / "facts").iterdir():
        text = file.read_text(encoding="utf-8")
        kept = [line for line in text.splitlines(keepends=True) if "Phường Hưng Phú" not in line]
        (tmp_path / file.name).write_text("".join(kept), encoding="utf-8")

    with pytest.raises(ValueError, match=r"commune 27403 changed on 2025-01-01 and facts/mergers\.csv"):
        build(tmp_path)


def test_facts_name_their_source() -> None:
    """Every entered line has a law or a source; days of reforms are days of laws."""
    facts = HCMC / "facts"
    assert all(row["law"] and row["day"] for row in tables.read(facts / "reforms.csv"))
    assert all(row["source"] for name in ("dissolved", "mergers") for row in tables.read(facts / f"{name}.csv"))
    days = {row["day"] for row in tables.read(facts / "reforms.csv")}
    by_law = {row["valid_from"] for row in tables.read(HCMC / "reference" / "units.csv") if row["basis"] == "law"}
    assert by_law - {"2004-07-08"} <= days


def test_names_are_the_same_but_for_spelling() -> None:
    """Leading zeros and tone marks are spelling; i for y only under one code."""
    assert key("Phường 05") == key("phường 5")
    assert key("Xã Qui Đức") != key("Xã Quy Đức")
    assert same("Xã Qui Đức", "Xã Quy Đức")
    assert not same("Phường 13", "Phường 15")


@needs_shared
def test_conversions_agree_with_the_shared_extract() -> None:
    """493 pairs of 2025-07-01, read out of the package by somebody else."""
    ours = {
        (r["old_code"], r["new_code"], r["kind"], r["is_default"] == "true")
        for r in tables.read(HCMC / "reference" / "unit_conversions.csv")
        if r["new_valid_from"] == "2025-07-01" and len(r["old_code"]) == 5
    }
    theirs = {
        (r["old_ward_code"], r["new_ward_code"], r["kind"], r["is_default"] == "1")
        for r in shared("hcmc_ward_conversion_2025-07-01")
    }

    assert {r for r in theirs if r[0]} == ours
    assert [("", "26732", "whole", True)] == [r for r in theirs if not r[0]]


@needs_shared
def test_units_agree_with_the_snapshots_of_a_third_source() -> None:
    """Each snapshot day of the history (2021-11 to 2026-08) that lies in a state of ours holds the same codes, but for dates no law gives."""
    history = shared("hcmc_area_unit_history_2021_2026")
    units = [u for u in tables.read(HCMC / "reference" / "units.csv") if u["level"] == "commune"]
    for day in ("2022-06-02", "2025-03-01", "2025-07-29", "2026-08-02"):
        there = {
            r["code"] for r in history if r["level"] == "ward" and r["first_snapshot"] <= day <= r["last_snapshot"]
        }
        if day < "2025":
            there = {
                r["code"]
                for r in history
                if r["code"] in there and r["parent_code"][:2] in ("76", "77", "78") and r["parent_code"] >= "760"
            }
        here = {u["code"] for u in units if u["valid_from"] <= day <= (u["valid_to"] or "9999")}
        assert there == here, day


def shared(name: str) -> list[dict[str, str]]:
    with (SHARED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
