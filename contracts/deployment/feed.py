"""Model of one file of `feeds/`: who receives what, why, under which law and agreement, and how it gets there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from contracts.identifiers import CONTRACT, SYSTEM
from contracts.yaml.models import Count, Day, FileModel, Flag, Text, named


class FeedFile(FileModel):
    """One file of `feeds/`, as it is written."""

    id: Annotated[str, named(SYSTEM)] = Field(alias="feed", examples=["moj-births"])
    title: Text
    receiver: Text = Field(examples=["000.00.00.G15"])
    """Identity code of the agency that receives it."""
    contract: Annotated[str, named(CONTRACT)] = Field(examples=["birth"])
    version: Text = Field(examples=['"1.2.0"'])
    """Version of the contract that the receiver was promised: not newer than the contract, and still kept by it."""
    dataset: Text = ""
    """Dataset of the contract; empty: its first."""
    columns: tuple[Text, ...] = Field(examples=["[id, nksHoTen, nksNgaySinh]"])
    """Wire names of the fields, in the order of the CSV."""
    purpose: Text
    legal_basis: Text
    agreement: Text
    """Number of the sharing agreement (Decree 47/2020 Art. 38-39)."""
    owner: Text
    """Who answers for it in the city."""
    schedule: Text = Field(examples=['"30 1 * * *"'])
    """Cron expression in the deployment's time zone."""
    form: Literal["jsonl.gz", "csv.gz", "xml.gz", "parquet"] = "jsonl.gz"
    channel: Literal["inbox", "push", "records"] = "inbox"
    """How it gets there: the receiver fetches it, it is pushed to a system of the deployment, or its records are submitted to
    one, one by one."""
    system: Text = Field(default="", examples=["ministry-inbox"])
    """The system (`systems/*.yaml`) that it is pushed or submitted to; empty: none."""
    service: Text = Field(default="", examples=["DongBoHoSoMC"])
    """The system's service that takes the records; `channel: records` only."""
    after: Text = ""
    """The feed by which a record must be held there before this one submits of it."""
    lists: Mapping[str, tuple[Text, ...]] = Field(default={}, examples=["{dossier_component: [TepDinhKemId]}"])
    """Datasets that belong to a record, with their columns; `channel: records` only."""
    modules: Mapping[str, Text] = Field(default={}, examples=["{1.001193: KS}"])
    """Procedure -> module of the registry (`service: dangKyHoTich`); dossiers of other procedures are not submitted."""
    states: Mapping[str, Text] = Field(default={}, examples=['{"8": "9"}'])
    """State at the source -> state that is submitted, where the receiver has no such state; both are kept."""
    valid_days: Count = Field(examples=["7"])
    """Days for which a delivery has use value (Decree 47/2020 Art. 41.2)."""
    retention_days: Count = Field(examples=["90"])
    """Days for which a delivery is kept here and may be kept there."""
    deletion: Text
    """What the receiver owes when they are over, in its language."""
    active: Flag = True
    """`false`: described, and never built."""
    valid_from: Day | None = None
    valid_to: Day | None = None
