"""What a deployment declares of a JSON listing: where it is asked for, how it is paged, and where its records stand.

Paths are names with dots between them (`data.items`): in the reply, or in a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, StrictStr, field_validator, model_validator

from contracts.model import Contract, Dataset
from contracts.yaml.faults import Wrong
from contracts.yaml.models import FileModel, Text

ISO = "iso"
OWNER = "^"
"""Beginning of a child's path that stands in the record around it."""
NUMBER = "#"
"""In place of a child's path: its number among its owner's children."""
PlainPath = Annotated[StrictStr, Field(pattern=r"^[^.\s]+([.][^.\s]+)*$")]
FieldPath = Annotated[StrictStr, Field(pattern=r"^(#|\^?[^.\s^#]+([.][^.\s]+)*)$")]


class ListingPaging(FileModel):
    """How one page after another is asked for."""

    by: Literal["page", "offset", "keyset", "link"] = Field(examples=["page"])
    size: Text = Field(default="", examples=["size: soDong"])
    """Parameter for the number of records of a page; empty: the source decides, by `keyset` and `link` only."""
    parameter: Text = Field(default="", examples=["parameter: trang"])
    """Parameter for the number of the page, or for the number of records before it."""
    first: int = Field(default=1, ge=0, le=1, strict=True)
    """Number of the first page."""
    after: Mapping[Text, PlainPath] = Field(default_factory=dict, examples=["after: {sauMa: ma}"])
    """Keyset: parameter -> path in the last record; they take the place of the window's `from` of the same name."""
    next: PlainPath | None = Field(default=None, examples=["next: links.next"])
    """Path of the next page's address in the reply."""

    @model_validator(mode="after")
    def _has_its_parts(self) -> ListingPaging:
        due = {"page": ("parameter", "size"), "offset": ("parameter", "size"), "keyset": ("after",), "link": ("next",)}
        if lacking := [name for name in due[self.by] if not getattr(self, name)]:
            raise Wrong(
                f"paging by {self.by} lacks {', '.join(lacking)}", hint="see connectors/systems/json_listing.py"
            )
        return self


class AskedWindow(FileModel):
    """Parameters for the span of change times."""

    since: Text = Field(alias="from", examples=["tuNgay"])
    until: Text = Field(default="", examples=["denNgay"])
    form: Text = ISO
    """Of their times, as in `times`; `iso`: with the time zone."""


class Success(FileModel):
    """Where a reply says whether it is an answer."""

    at: PlainPath
    values: tuple[Text, ...] = Field(alias="is", min_length=1, examples=['["0"]'])


class ChildList(FileModel):
    """A list inside each record."""

    records: PlainPath
    """Its path in the record; absent or null: it is empty."""
    fields: Mapping[Text, FieldPath | None]


class ListingPlan(FileModel):
    """One listing, as a system's file declares it."""

    path: Text = ""
    """Below the system's address."""
    records: PlainPath = Field(examples=["data.items"])
    fields: Mapping[Text, PlainPath | None] = Field(examples=["{maSo: ma, ten: ten.dayDu, ghiChu: null}"])
    paging: ListingPaging
    window: AskedWindow | None = None
    ask: Mapping[Text, Text] = Field(default_factory=dict, examples=['{maTinh: "97"}'])
    """What is asked besides, always the same."""
    total: PlainPath | None = None
    """Number of records of the whole question."""
    count: PlainPath | None = None
    """Number of records of the page."""
    more: PlainPath | None = None
    """true: further pages follow."""
    success: Success | None = None
    children: Mapping[Text, ChildList] = Field(default_factory=dict)
    """Dataset of the contract -> its list in a record."""
    left_out: tuple[Text, ...] = ()
    """Names in a record that no field takes; with `/` before a path, what stands beside the records."""

    @field_validator("fields")
    @classmethod
    def _not_empty(cls, fields: Mapping[str, str | None]) -> Mapping[str, str | None]:
        if not any(fields.values()):
            raise Wrong("{key} name nothing of the record", hint="contract field: path in the record")
        return fields

    @model_validator(mode="after")
    def _proves_its_end(self) -> ListingPlan:
        if self.paging.by in ("page", "offset") and self.total is None:
            hint = "total: data.tongSo; without it, records that move between two pages would be lost unseen"
            raise Wrong(f"paging by {self.paging.by} lacks total", hint=hint)
        if self.total is None and self.count is None and self.more is None and self.paging.by != "link":
            raise Wrong("nothing proves that a page is whole", hint="name total, count or more")
        return self

    @property
    def beside(self) -> frozenset[str]:
        """Paths in the reply that have a meaning, or are known and left out."""
        success = self.success.at if self.success else None
        meant = [path for path in (self.total, self.count, self.more, self.paging.next, success) if path]
        return frozenset([*meant, *(name[1:] for name in self.left_out if name.startswith("/"))])

    def misfits(self, contract: Contract) -> tuple[str, ...]:
        """What is missing, unknown or without a key: every dataset has its list, and every field its word."""
        main, *others = contract.datasets
        known = {each.name for each in others}
        wrong = [f"{name}: no dataset below {main.name}" for name in self.children if name not in known]
        wrong += [f"{each.name}: no list under children" for each in others if each.name not in self.children]
        wrong += [*_misfits(main, self.fields)]
        for each in others:
            if each.name in self.children:
                wrong += _misfits(each, self.children[each.name].fields)
        if main.version_field is None or self.fields.get(main.version_field) is None or len(main.key) != 1:
            wrong.append(f"{main.name}: a listing is read by one key field and a change time, each with a path")
        elif self.fields.get(main.key[0].name) is None:
            wrong.append(f"{main.name}: the key {main.key[0].name} has no path")
        return tuple(wrong)


def _misfits(dataset: Dataset, fields: Mapping[str, str | None]) -> Iterator[str]:
    known = set(dataset.by_name)
    yield from (f"{dataset.name}: no field {name} in the contract" for name in fields if name not in known)
    yield from (f"{dataset.name}: no word on {name}" for name in dataset.by_name if name not in fields)
    given = [path for path in fields.values() if path is not None]
    yield from (f"{dataset.name}: {path} fills two fields" for path in sorted({p for p in given if given.count(p) > 1}))
