"""Models of the files of a deployment, as they are written: `deployment.yaml` and `systems/*.yaml`.

`yaml_models.load` reads them; `hub/core/deployment.py` makes the hub's own values of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from contracts.deployment.maintenance import Maintenance, to_maintenance
from contracts.identifiers import CONTRACT, DEPLOYMENT, FILE, SYSTEM
from contracts.yaml.faults import Wrong
from contracts.yaml.models import Code, Day, FileModel, Filled, Flag, Text, named, written

_SPAN = written("[0-9]+[smhd]")
_DAYS = written("[1-9][0-9]*d")
_SHARE = written("[0-9]{1,3}([.][0-9]+)?%")
_CLOCK = written("([01][0-9]|2[0-3]):[0-5][0-9]")
_ADDRESS = written(r"([{][a-z_]+[}]|[a-z][a-z0-9+.-]*://)\S+|[{][a-z_]+[}]")
_SPANS = written("[0-9]+[smhd]", several=True)
_WATCH = written("[0-9]+[smhd]|cron") | None
_SAID = written(".*\\S.*")
_WINDOW = written("((Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
NEVER_WATCHED = "cron"
"""Value of `watch` of a system that has no cheap question: it is read by its schedule only."""
ON_DEMAND = "on demand"
"""Value of `schedule` of a system that is asked and never read."""
_SCHEDULES = f'write "*/30 * * * *" (minute, hour, day, month, weekday), or {ON_DEMAND} for a system that is asked'
AGAIN = (timedelta(), timedelta(), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
"""When quarantined records are asked for again. The first two times are the next two readings: whoever mends a record at
once need not wait."""


def _to_span(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    if not (isinstance(value, str) and value[:-1].isdigit() and value[-1] in _UNITS):
        raise Wrong("{key} {value!r} is no time", hint="write 15m, 2h or 1d")
    return timedelta(**{_UNITS[value[-1]]: int(value[:-1])})


def _to_spans(value: object) -> object:
    if not isinstance(value, list | tuple) or not value:
        raise Wrong("{key} {value!r} is no list of times", hint="write [0s, 1h, 1d]")
    return tuple(_to_span(each) for each in value)


def _to_watch(value: object) -> object:
    if value is None or value == NEVER_WATCHED:
        return None
    try:
        every = _to_span(value)
    except Wrong:
        every = timedelta()
    if not every:
        raise Wrong("{key} {value!r} is no interval", hint=f"write 3s, 5m or {NEVER_WATCHED}")
    return every


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


def _to_days(value: object) -> object:
    every = _to_span(value)
    if not isinstance(every, timedelta) or not every or every % timedelta(days=1):
        raise Wrong("{key} {value!r} is no number of days", hint="write 1d or 7d")
    return every


def _to_clock(value: object) -> object:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return time.fromisoformat(value)
    raise Wrong("{key} {value!r} is no time of the day", hint='write "02:00", with quotes')


def _to_share(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?%", value) and float(value[:-1]) <= 100:
        return float(value[:-1]) / 100
    raise Wrong("{key} {value!r} is no share", hint="write 5%")


def _to_schedule(value: object) -> object:
    """A cron expression of five fields or a word of cron (`@daily`), or the words of a system that is only asked."""
    from croniter import croniter  # here: most commands read no schedule, and it costs a tenth of a second

    if value == ON_DEMAND:
        return value
    fields = value.split() if isinstance(value, str) else []
    if len(fields) not in (1, 5) or (len(fields) == 1 and not fields[0].startswith("@")):
        raise Wrong("{key} {value!r} is no cron expression", hint=_SCHEDULES)
    if not croniter.is_valid(value):
        raise Wrong("{key} {value!r} is no cron expression", hint=_SCHEDULES)
    return value


def _to_address(value: object) -> object:
    if (
        not isinstance(value, str)
        or not re.match(r"\{[a-z_]+\}|[a-z][a-z0-9+.-]*://\S", value)
        or re.search(r"\s", value)
    ):
        raise Wrong("{key} is no address", hint="write {key}: https://one-stop.district.example/api")
    return value


def _to_said(value: object) -> object:
    if value is None or (isinstance(value, str) and not value.strip()):
        raise Wrong("{key} is empty", hint="say who it is: {key}: Văn phòng UBND Quận 1")
    return value


class ListingTerms(FileModel):
    """When the keys of a system are listed, and how many may be gone at once (`listing:`)."""

    every: Annotated[timedelta, BeforeValidator(_to_days, json_schema_input_type=_DAYS)] = Field(
        default=timedelta(days=1), examples=["1d"]
    )
    at: Annotated[time, BeforeValidator(_to_clock, json_schema_input_type=_CLOCK)] = Field(
        default=time(2), examples=['"02:00"']
    )
    """In the deployment's time zone."""
    most_gone: Annotated[float, BeforeValidator(_to_share, json_schema_input_type=_SHARE)] = Field(
        default=0.05, examples=["5%"]
    )
    """Largest share of a stream's records that a listing may lack. One that lacks more is taken for broken, and nothing
    of it counts; a person may say otherwise."""


class SystemFile(FileModel):
    """One file of `systems/`, as it is written."""

    id: Annotated[str, named(SYSTEM)] = Field(alias="system")
    title: Text
    dialect: Text
    address: Annotated[Text, BeforeValidator(_to_address, json_schema_input_type=_ADDRESS)]
    """Base URL. `{twins}` stands for the local twins, `{twins_files}` for the folder into which they deliver files,
    `{twins_store}` for their database of digitised books, `{data}` for the folder of full lists given by hand,
    `{reference}` for the deployment's own."""
    owner: Annotated[Text, BeforeValidator(_to_said, json_schema_input_type=_SAID)]
    """Who answers for it."""
    schedule: Annotated[Text, BeforeValidator(_to_schedule)] = Field(examples=['"*/30 * * * *"'])
    """Cron expression in the deployment's time zone; `on demand` for a system that is asked and never read."""
    contracts: tuple[Annotated[str, named(CONTRACT)], ...] = Field(
        examples=["[dossier], or [] for a system that is asked"]
    )
    contact: Filled = ""
    overlap: Annotated[timedelta, BeforeValidator(_to_span, json_schema_input_type=_SPAN)] = timedelta(minutes=15)
    """How far behind the position each reading starts."""
    again: Annotated[tuple[timedelta, ...], BeforeValidator(_to_spans, json_schema_input_type=_SPANS)] = Field(
        default=AGAIN, examples=["[0s, 1h, 1d]"]
    )
    """When quarantined records are asked for again by their keys: after their case was opened, then each after the time
    before, the last again and again. 0s: in the next reading."""
    watch: Annotated[timedelta | None, BeforeValidator(_to_watch, json_schema_input_type=_WATCH)] = Field(
        default=timedelta(minutes=5), examples=["5m, or cron"]
    )
    """How often it is asked whether anything has changed, as agreed with its owner; `cron` (None): it has no cheap
    question, so only its schedule reads it."""
    maintenance: tuple[Annotated[Maintenance, BeforeValidator(to_maintenance, json_schema_input_type=_WINDOW)], ...] = (
        Field(default=(), examples=['["22:00-04:00", "Sun 01:00-05:00"]'])
    )
    """When it wants no questions, in the deployment's time zone; a window may pass midnight."""
    listing: ListingTerms | None = Field(default=None, examples=['{every: 1d, at: "02:00", most_gone: 5%}'])
    """When its keys are listed, to find what left it; None: never."""
    options: Mapping[str, Any] = Field(default_factory=dict, examples=["{page_size: 500}"])
    unit: Code = ""
    """Code of the administrative unit that it serves, in the list of units of the day."""
    pool: Text = ""
    """Airflow pool of its tasks; empty: the pool of its dialect."""
    valid_from: Day | None = None
    """First day of its operation; None: no limit."""
    valid_to: Day | None = None
    """Last day of its operation; None: no limit."""
    closing: Annotated[timedelta, BeforeValidator(_to_span, json_schema_input_type=_SPAN)] = timedelta(days=7)
    """How long it is still read after its last day, so that what was entered on that day comes in. 0d: not at all."""
    repeats: Flag = Field(default=False, examples=["true, or leave it out"])
    """It repeats dossiers of other systems. If both have a dossier, the system that handles it counts."""
    old_text: Literal["", "detect"] = Field(default="", examples=["detect, or leave it out"])
    """`detect`: its text may be in an encoding from before Unicode; each column is examined."""
    instead_of: Text = ""
    """The system of which it is another way: both have the same records, so only one of them is read."""

    @field_validator("contracts")
    @classmethod
    def _read_by_a_schedule(cls, contracts: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if contracts and info.data.get("schedule") == ON_DEMAND:
            raise Wrong("{key} are read, and the schedule is " + ON_DEMAND, hint=f"{_SCHEDULES}; or contracts: []")
        return contracts

    @field_validator("listing")
    @classmethod
    def _asked_when_open(cls, listing: ListingTerms | None, info: ValidationInfo) -> ListingTerms | None:
        if listing is not None:
            days = (datetime.combine(date(2022, 5, day), listing.at) for day in range(2, 9))  # a week
            closed = info.data.get("maintenance") or ()
            if any(window.covers(day) for day in days for window in closed):
                raise Wrong("{key} begins in a maintenance window", hint=f"write another `at` than {listing.at:%H:%M}")
        return listing


class CodeList(FileModel):
    """The file and column of a code list."""

    file: Annotated[str, named(FILE)] = Field(examples=["units.csv"])
    """A file of `reference/`."""
    column: Text = Field(examples=["code"])
    dated: Flag = Field(default=False, examples=["true, or leave it out"])
    """Its rows have `valid_from` and `valid_to`; rows that begin after the day are left out."""


class DecisionTerms(FileModel):
    """Terms of a deployment for decisions (`reuse:`)."""

    usual_age_days: int = Field(default=7, ge=0, strict=True)
    """Largest age of a usable copy, if the requirement names none."""
    deadline_s: float = Field(default=5, gt=0, strict=True, examples=["5"])
    """How long a decision waits for a source that is asked anew."""
    here: tuple[Text, ...] = Field(default=(), examples=["[Tỉnh Bình Giang]"])
    """Names of this place in PhamViHieuLuc."""
    refreshed_from: Text = ""
    """System that is asked if the hub has no entry in a register."""
    population: Text = ""
    """System that confirms a person's identity, for requirements that the population database answers."""


class DeploymentFile(FileModel):
    """`deployment.yaml`, as it is written."""

    name: Annotated[str, named(DEPLOYMENT)]
    """The state folder bears this name."""
    title: Text
    as_of: Annotated[datetime | None, BeforeValidator(_to_moment)] = Field(
        default=None, examples=["2022-06-02T08:00:00+07:00, for a scenario only"]
    )
    """When a scenario's clock starts; None: the deployment runs on the real day."""
    timezone: Annotated[str, BeforeValidator(_to_timezone)] = Field(examples=["Asia/Ho_Chi_Minh"])
    lists: Mapping[str, CodeList] = Field(default_factory=dict, examples=["{units: {file: units.csv, column: code}}"])
    """Name of a code list in contracts -> its file."""
    registry: Text = Field(default="", examples=["moj-registry"])
    """The system that is the Ministry's registry: its questions are answered under that system's credentials, and the twins
    play it by that system's WSDL."""
    reuse: DecisionTerms = DecisionTerms()
    routes: Mapping[str, Text] = Field(default_factory=dict, examples=["{moj-registry: moj-registry-rest}"])
    """System -> the other way (`instead_of`) by which it is read."""
