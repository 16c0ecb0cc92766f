"""Pages from templates: every value is escaped; numbers and times are written as the reader's language does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from contracts.local_time import LOCAL

Tongue = Literal["vi", "en"]
TONGUES: tuple[Tongue, ...] = ("vi", "en")
FOLDER = Path(__file__).parent

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)
HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}


def headers(ancestors: str) -> dict[str, str]:
    """Headers of every answer. `ancestors`: who may show a page in a frame, `'none'` or an origin."""
    return {**HEADERS, "content-security-policy": POLICY.format(ancestors=ancestors)}


def environment() -> Environment:
    """The templates, read once; an unknown name in one is an error, never an empty place."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.tests["moment"] = lambda value: isinstance(value, date)
    return made


def render(templates: Environment, name: str, tongue: Tongue, values: Mapping[str, Any]) -> str:
    """A page in a language."""

    def w(vi: str, en: str) -> str:
        return vi if tongue == "vi" else en

    def number(value: float | None) -> str:
        if value is None:
            return "–"
        text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
        return text.translate(str.maketrans(",.", ".,")) if tongue == "vi" else text

    def moment(value: datetime | date | None) -> str:
        if value is None:
            return "–"
        if isinstance(value, datetime):
            return f"{value.astimezone(LOCAL):{'%d/%m/%Y %H:%M' if tongue == 'vi' else '%Y-%m-%d %H:%M'}}"
        return f"{value:{'%d/%m/%Y' if tongue == 'vi' else '%Y-%m-%d'}}"

    def seconds(value: float | timedelta | None) -> str:
        if value is None:
            return "–"
        spent = value.total_seconds() if isinstance(value, timedelta) else float(value)
        return f"{number(round(spent, 1))} s"

    def size(value: int | None) -> str:
        if value is None:
            return "–"
        for unit in ("B", "KiB", "MiB", "GiB"):
            if value < 1024 or unit == "GiB":
                return f"{number(value)} {unit}"
            value //= 1024
        raise AssertionError

    given = {"w": w, "number": number, "moment": moment, "seconds": seconds, "size": size, "tongue": tongue}
    return templates.get_template(name).render(**given, **values)


def attributes(**values: object) -> Markup:
    """Attributes of a drawing's element, escaped."""
    return Markup(" ").join(Markup('{}="{}"').format(name.replace("_", "-"), value) for name, value in values.items())
