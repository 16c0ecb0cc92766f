"""A synthetic Ho Chi Minh City, the same for the same seed: people, four books, dossiers, defects and the truth table.

    people -> books (birth, death, marriage, recognition) -> dossiers -> defects

Nobody in it exists. Sizes are exact, proportions follow the article, and each planted defect is in the truth table, so
that the verdicts of a sync can be marked.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from contracts.local_time import LOCAL
from twins.city.columns import NEVER, Mask, stream
from twins.city.name_lists import mixed_in, read_name_lists
from twins.city.places import Places, read_places
from twins.city.procedures import read_procedures
from twins.defects.dossiers import plant_dossiers
from twins.defects.planting import truth_frame
from twins.defects.registers import plant_registers
from twins.dossiers.build import build_dossiers
from twins.dossiers.filed import Filed
from twins.entries.registrations import Books, Shares
from twins.on_disk import CityTables
from twins.people.build import build_people
from twins.people.table import PersonTable

REFERENCE = Path(__file__).resolve().parent.parent / "deployments" / "default" / "reference"
"""The shipped lists of units and procedures."""
AS_OF = datetime(2022, 6, 2, 8, tzinfo=LOCAL)


@dataclass(frozen=True)
class Example:
    """The article's example: filed in District 1, and District 5 asks. Numbers of records only, no personal data."""

    system: str
    dossier_id: str
    birth_id: str


@dataclass(frozen=True)
class City:
    """The content of the outside systems at `as_of`, and its defects."""

    seed: int
    as_of: datetime
    people: PersonTable
    places: Places
    registers: CityTables
    """birth, death, marriage, recognition -> records in order of import; columns as on the wire plus `_person`, `_changed`."""
    filed: Filed
    """Dossiers with their children."""
    truth: pl.DataFrame
    """{system, dataset, record_id, field, defect, expected}: one row a planted defect."""
    reference: Path
    """Folder of the lists that it was made from."""

    def example(self) -> Example:
        """A person with a clean dossier whose clean birth record carries the same personal number, in the first district
        with such a person.

        Raises:
            LookupError: none in a city this small.
        """
        dirty = set(self.truth["record_id"])
        births = self.registers.table("birth").select("id", "nksSoDDCN", "nksQueQuan")
        births = births.filter(
            pl.col("nksSoDDCN").is_not_null() & pl.col("nksQueQuan").is_not_null() & ~pl.col("id").is_in(dirty)
        )
        dossiers = self.filed.dossier.filter(~pl.col("MaHoSo").is_in(dirty) & (pl.col("LoaiDoiTuong") == "1"))
        both = dossiers.join(births.select("id", "nksSoDDCN"), left_on="DinhDanhCHS_CCCD", right_on="nksSoDDCN")
        for system in (f"one-stop-{district}" for district in self.places.districts):
            if not (here := both.filter(pl.col("_system") == system).sort("MaHoSo")).is_empty():
                return Example(system, here["MaHoSo"][0], here["id"][0])
        raise LookupError(f"no one in this city of {len(births)} births both filed and has a numbered birth record")

    def write_truth(self, path: Path) -> None:
        """The truth table as Parquet."""
        self.truth.write_parquet(path)


def build_city(
    records: int,
    dossiers_per_system: int,
    seed: int,
    as_of: datetime = AS_OF,
    *,
    reference: Path = REFERENCE,
    names: Path | None = None,
    registers: CityTables | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> City:
    """A city with `records` registrations in all and `dossiers_per_system` dossiers in each district.

    `names`: a folder of name lists made by others; half of the people then bear names of theirs (`name_lists.py`).
    `registers`: empty tables to keep the registers in, on the disk where they are too large for the memory.
    `on_step` is called with the name of each step as it begins (`progress.py`).

    Raises:
        ValueError: `as_of` is naive, or a reference list lacks what the city needs.
    """
    if as_of.tzinfo is None:
        raise ValueError("as_of must be aware")
    now = round((as_of.astimezone(LOCAL).replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds())
    today = now // 86_400
    places = read_places(reference / "units.csv")
    shares = Shares.of(records)
    on_step("people")
    people = build_people(seed, births=shares.birth, deaths=shares.death, today=today, places=places)
    if names is not None:
        people = replace(
            people, name=mixed_in(seed, people.name, people.female, people.nation < 0, read_name_lists(names))
        )
    unknown, recognised = _recognised(seed, people, shares.recognition, today)
    registers = CityTables() if registers is None else registers
    books = Books(seed, people, places, today, registers.fresh)
    for register, make in {
        "birth": lambda: books.birth(unknown),
        "death": books.death,
        "marriage": lambda: books.marriage(shares.marriage),
        "recognition": lambda: books.recognition(recognised),
    }.items():
        on_step(register)
        registers.add(register, make())
    on_step("dossiers")
    procedures = read_procedures(reference / "procedures.csv")
    filed = build_dossiers(seed, people=people, places=places, procedures=procedures, each=dossiers_per_system, now=now)
    on_step("defects")
    beds = plant_registers(seed, registers, places.abolished)
    filed, more_beds = plant_dossiers(seed, filed)
    return City(seed, as_of, people, places, registers, filed, truth_frame([*beds, *more_beds]), reference)


def _recognised(seed: int, people: PersonTable, count: int, today: int) -> tuple[Mask, np.ndarray]:
    """Whose father the birth record does not name (children of unmarried couples), and which of them were recognised later."""
    rng = stream(seed, "recognised")
    unmarried = people.couples.married[people.parents] == NEVER
    born_here = people.parents >= 0
    unknown = born_here & unmarried & (rng.random(len(people)) < 0.5)
    end = np.minimum(np.minimum(people.died, people.died[people.father]), today)
    able = born_here & (end > np.maximum(people.born + 120, 31 + 365 * 6 + 60)) & (people.nation[people.father] < 0)
    candidates = rng.permutation(np.flatnonzero(unknown & able))
    if len(candidates) < count:  # a very small city: take others, and leave their fathers out of the book
        candidates = np.concatenate([candidates, rng.permutation(np.flatnonzero(able & ~unknown & unmarried))])
    if len(candidates) < count:
        candidates = np.concatenate([candidates, rng.permutation(np.setdiff1d(np.flatnonzero(able), candidates))])
    chosen = candidates[:count].astype(np.int32)
    unknown[chosen] = True
    return unknown, chosen


def main() -> None:
    """Build a city and say how long it took."""
    parser = argparse.ArgumentParser(description="Build the synthetic city.")
    parser.add_argument("--records", type=int, default=200_000, help="registrations in all")
    parser.add_argument("--dossiers", type=int, default=2_000, help="dossiers a district")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--as-of", type=datetime.fromisoformat, default=AS_OF)
    parser.add_argument("--reference", type=Path, default=REFERENCE)
    parser.add_argument("--time", action="store_true", help="print the seconds it took")
    parser.add_argument("--truth", type=Path, help="write the truth table here (Parquet)")
    options = parser.parse_args()
    start = time.perf_counter()
    city = build_city(options.records, options.dossiers, options.seed, options.as_of, reference=options.reference)
    seconds = time.perf_counter() - start
    print(
        "  ".join(f"{name} {len(city.registers.table(name)):,}" for name in city.registers),
        f" dossiers {len(city.filed.dossier):,}",
    )
    print(f"planted defects {len(city.truth):,}")
    if options.time:
        print(f"{seconds:.1f} s")
    if options.truth:
        city.write_truth(options.truth)


if __name__ == "__main__":
    main()
