"""A month on two pages: the indicators of the city, units by rank, what is missing; as PDF (typst) and HTML.

Small counts are left out as in exports. The same figures give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from hub.indicators.export import HEAD, rows
from hub.indicators.figures import Figure
from hub.indicators.formulas import INDICATORS

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Bulletin:
    """What a bulletin shows."""

    title: str
    month: date
    as_of: str
    city: Sequence[Figure]
    """Each indicator over the whole city."""
    units: Sequence[Figure]
    """One indicator by unit, ranked."""
    scenario: str = ""
    """Says that it is a scenario's; empty: the real city's."""

    def data(self) -> dict[str, Any]:
        """As JSON values, in both languages."""
        known = [self._line(figure, row) for figure, row in zip(self.city, rows(self.city), strict=True)]
        ranked = [self._line(figure, row) for figure, row in zip(self.units, rows(self.units), strict=True)]
        return {
            "title": self.title,
            "month": f"{self.month:%m/%Y}",
            "as_of": self.as_of,
            "scenario": self.scenario,
            "figures": [line for line in known if line["value"]],
            "missing": [line for line in known if not line["value"] and line["missing"]],
            "units": ranked,
            "by": INDICATORS[self.units[0].indicator].vietnamese if self.units else "",
        }

    def _line(self, figure: Figure, row: Sequence[str | int | float]) -> dict[str, str]:
        shown = {name: str(value) for name, value in zip(HEAD, row, strict=True)}
        about = INDICATORS[figure.indicator]
        unit = " giờ" if about.hours else " %"
        over = f"{figure.numerator // 3600 if about.hours and figure.numerator else shown['numerator']}"
        return {
            "id": figure.indicator,
            "vi": about.vietnamese,
            "en": about.english,
            "decision": about.decision,
            "unit": figure.unit,
            "value": f"{shown['value']}{unit}" if shown["value"] else "",
            "of": "" if not shown["value"] else f"{over} / {shown['denominator']}",
            "bar": "0" if about.hours or not shown["value"] else shown["value"],
            "rank": "" if shown["rank"] in ("", "None") else shown["rank"],
            "missing": figure.missing,
        }

    def pdf(self) -> bytes:
        """A4, black on white."""
        import typst  # a compiler of 40 MB: only where a page is made

        return bytes(typst.compile(str(HERE / "bulletin.typ"), sys_inputs={"sheet": json.dumps(self.data())}))

    def html(self) -> str:
        """The same as one page without scripts and outside assets; every value is escaped."""
        from jinja2 import Environment, FileSystemLoader

        found = Environment(loader=FileSystemLoader(HERE), autoescape=True).get_template("bulletin.html")
        return found.render(s=self.data())
