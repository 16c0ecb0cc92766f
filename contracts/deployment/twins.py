"""Model of `twins.yaml` of a deployment: people and habits of the synthetic province that its twins play."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from contracts.yaml.models import Code, Count, FileModel, Flag, Text

FILE = "twins.yaml"


class NativePlace(FileModel):
    """A place where people come from."""

    number: Code = Field(pattern="^[0-9]{3}$", examples=['"079"'])
    """First three digits of the personal numbers of people born there."""
    name: Text
    """As the books write it."""


class HabitsEntry(FileModel):
    """How a district's people file. Groups: economy, urban, justice, other."""

    online: Mapping[str, int]
    """Procedures offered online, by group."""
    busy: Mapping[str, int]
    """Number of those that had dossiers."""
    share: float = Field(ge=0, le=1)
    """Share of all dossiers that are for procedures offered online."""
    mix: Mapping[str, float]
    """Of those dossiers, the share of each group."""
    filed_online: Mapping[str, float]
    """Of a group's dossiers for online procedures, the share filed online."""
    whole: Flag = False
    """Where the list has too few procedures of a group, others make up for it."""


class ShownSystems(FileModel):
    """The districts that `hub run` shows, by their systems."""

    asked: Code = Field(examples=["one-stop-970"])
    """Where people filed, and papers were issued."""
    asking: Code = Field(examples=["one-stop-971"])
    """Whose office asks about them; its agency holds a grant."""
    held: Code = Field(examples=["one-stop-970"])
    """Where a fault is planted, and its batch held."""


class TwinsFile(FileModel):
    """`twins.yaml`, as it is written."""

    province: Code = Field(examples=['"79"'])
    """Code of the province in units.csv."""
    districts: Mapping[str, Count] = Field(default_factory=dict, examples=['{"760": 143}'])
    """District -> thousands of inhabitants; without it, all districts of the province, with equal weights."""
    identified: Code = ""
    """The district with a service of electronic identification; empty: none."""
    native_places: tuple[NativePlace, ...] = ()
    """The first is the province itself; without it, the provinces of provinces.csv."""
    habits: Mapping[str, HabitsEntry] = Field(default_factory=dict)
    """District -> its habits; those of the others are made up."""
    shown: ShownSystems | None = None
    """What `hub run` shows; without it, the first one-stop systems by their ids."""
