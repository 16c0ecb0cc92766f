"""Regenerate the reference lists of a deployment from declared packages and entered facts, and report what changed.

    pip install 'motlan[reference]' && python -m deployments.generate [--check]

Facts that no package has stand in `deployments/hcmc/facts/`, each with its law or source. `--check` writes
nothing and ends with 1 when a list is stale.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from deployments.generate import conversions, disagreements, lists, packages, tables, units

HCMC = Path(__file__).resolve().parent.parent / "hcmc"


def build(facts: Path) -> dict[str, list[tables.Row]]:
    """File name -> its rows."""
    city, mergers, spelt = units.city_units(tables.read(facts / "dissolved.csv"), tables.read(facts / "mergers.csv"))
    became = conversions.conversions(city, mergers)
    now = {u.code: u for u in packages.provinces_since_the_reform()}
    alone = {new for new, olds in packages.merged_provinces().items() if olds == [new]}
    renamed = [
        (u, now[u.code])
        for u in packages.units_of_2022("province")
        if u.code in alone and units.key(u.name) != units.key(now[u.code].name)
    ]
    return {
        "units.csv": [u.row() for u in conversions.name_territories(city, became)],
        "unit_conversions.csv": became,
        "unit_disagreements.csv": disagreements.disagreements(
            tables.read(facts / "units_otherwise.csv"), renamed, spelt
        ),
        "provinces.csv": lists.provinces(),
        "countries.csv": lists.countries(),
    }


def main() -> int:
    """Write the lists (or only compare them) and print what changed and what the sources disagree on."""
    parser = argparse.ArgumentParser(description="Regenerate the reference lists.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a list is stale")
    check = parser.parse_args().check
    stale = False
    built = build(HCMC / "facts")
    for name, rows in built.items():
        path = HCMC / "reference" / name
        changed = tables.changes(tables.read(path), rows)
        stale = stale or not path.exists() or path.read_text(encoding="utf-8") != tables.text(rows)
        print(
            f"{name}: {len(rows)} rows, {len(changed)} lines changed",
            *changed[:20],
            *(["  ..."] if changed[20:] else []),
            sep="\n  ",
        )
        if not check:
            path.write_text(tables.text(rows), encoding="utf-8")
    for (kind, source), count in sorted(
        Counter((r["kind"], r["other_source"]) for r in built["unit_disagreements.csv"]).items()
    ):
        print(f"sources disagree: {count} x {kind}, {source}")
    return int(check and stale)


if __name__ == "__main__":
    sys.exit(main())
