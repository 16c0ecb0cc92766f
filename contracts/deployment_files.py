"""What the files of a deployment may say: `deployment.yaml` and `systems/*.yaml`, as they are written.

Read by `yaml_models.load`; what the hub makes of them is `hub/core/deployment.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from contracts.identifiers import CONTRACT, DEPLOYMENT, FILE, SYSTEM
from contracts.yaml_faults import Wrong
from contracts.yaml_models import Code, Day, FileModel, Filled, Flag, Text, named

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _to_span(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    if not (isinstance(value, str) and value[:-1].isdigit() and value[-1] in _UNITS):
        raise Wrong("{key} {value!r} is no time", hint="write 15m, 2h or 1d")
    return timedelta(**{_UNITS[value[-1]]: int(value[:-1])})


def _to_moment(value: object) -> object:
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise Wrong("{key} is no moment", hint="write 2022-06-02T08:00:00+07:00") from None
    if found.tzinfo is None:
        raise Wrong("{key} has no time zone", hint="write 2022-06-02T08:00:00+07:00")
    return found


def _to_timezone(value: object) -> object:
    try:
        ZoneInfo(value)  # type: ignore[arg-type]  # anything else raises, and is refused
    except (TypeError, ValueError, KeyError, OSError):  # no such zone is a KeyError
        raise Wrong("{key} {value!r} is no time zone", hint="write Asia/Ho_Chi_Minh") from None
    return value


class SystemFile(FileModel):
    """One file of `systems/`, as it is written."""

    id: Annotated[str, named(SYSTEM)] = Field(alias="system")
    title: Text
    dialect: Text
    address: Text
    """Base URL. `{twins}` stands for the local twins, `{twins_files}` for the folder into which they deliver files,
    `{twins_store}` for their database of digitised books, `{data}` for the folder of full lists given by hand,
    `{reference}` for the deployment's own."""
    owner: Filled
    """Who answers for it."""
    schedule: Text
    """Cron expression in the deployment's time zone."""
    contracts: tuple[Annotated[str, named(CONTRACT)], ...] = Field(
        examples=["[dossier], or [] for a system that is asked"]
    )
    contact: Filled = ""
    overlap: Annotated[timedelta, BeforeValidator(_to_span)] = timedelta(minutes=15)
    """How far behind its position each reading starts again."""
    options: Mapping[str, Any] = Field(default_factory=dict, examples=["{page_size: 500}"])
    unit: Code = ""
    """Code of the administrative unit it serves, by the units list of the deployment's as_of."""
    pool: Text = ""
    """Airflow pool its tasks share; empty: the dialect's."""
    valid_from: Day | None = None
    """First day on which it is there; None: always was."""
    valid_to: Day | None = None
    """Last day on which it is there; None: still is."""
    repeats: Flag = Field(default=False, examples=["true, or leave it out"])
    """It repeats dossiers of the systems that handle them. Where both have a dossier, the handling system counts."""
    old_text: Literal["", "detect"] = Field(default="", examples=["detect, or leave it out"])
    """`detect`: its text may be in an encoding of the years before Unicode, and columns are looked at."""
    instead_of: Text = ""
    """The system that it is another route to: both have the same records, so they are never read into one warehouse."""


class CodeList(FileModel):
    """Where the values of a code list stand."""

    file: Annotated[str, named(FILE)] = Field(examples=["units.csv"])
    """In `reference/`."""
    column: Text = Field(examples=["code"])
    dated: Flag = Field(default=False, examples=["true, or leave it out"])
    """Its rows have `valid_from` and `valid_to`: a row that begins after the deployment's as_of is not known yet."""


class DecisionTerms(FileModel):
    """Terms of a deployment for decisions (`reuse:`)."""

    usual_age_days: int = Field(default=7, ge=0, strict=True)
    """Age of a copy up to which it counts, where the requirement says nothing."""
    deadline_s: float = Field(default=5, gt=0, strict=True)
    """How long a decision may wait for a source that is asked anew."""
    here: tuple[Text, ...] = Field(default=(), examples=["[Thành phố Hồ Chí Minh]"])
    """Names of this place in PhamViHieuLuc."""
    refreshed_from: Text = ""
    """System that is asked when a register's entry is not held at all."""
    population: Text = ""
    """System that confirms who a person is, where the population database answers a requirement."""


class DeploymentFile(FileModel):
    """`deployment.yaml`, as it is written."""

    name: Annotated[str, named(DEPLOYMENT)]
    """Its state folder is called after it."""
    title: Text
    as_of: Annotated[datetime, BeforeValidator(_to_moment)] = Field(examples=["2022-06-02T08:00:00+07:00"])
    timezone: Annotated[str, BeforeValidator(_to_timezone)] = Field(examples=["Asia/Ho_Chi_Minh"])
    lists: Mapping[str, CodeList] = Field(default_factory=dict, examples=["{units: {file: units.csv, column: code}}"])
    """Code list named in contracts -> where its values stand."""
    reuse: DecisionTerms = DecisionTerms()
    routes: Mapping[str, Text] = Field(default_factory=dict, examples=["{moj-registry: moj-registry-rest}"])
    """System -> the other way to it (`instead_of`) by which it is read."""
