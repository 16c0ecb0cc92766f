"""What a dataset's records prove, read from its custom properties `evidence`, `placeField` and `dayField`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError

from contracts.from_odcs.gaps import OdcsFile
from contracts.model import Classification, Dataset, EvidenceKind, EvidenceRole, Kind
from contracts.yaml.lines import Steps

_Text = Annotated[StrictStr, Field(min_length=1)]
_RoleName = Annotated[StrictStr, Field(pattern=r"^[a-z][a-z_]{0,20}$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Role(_Model):
    number: _Text
    name: _Text
    born: _Text


class _Evidence(_Model):
    title: _Text
    result: Annotated[StrictStr, Field(pattern=r"^KQ\.[A-Z][0-9]+\.[0-9]+$")]
    roles: Annotated[Mapping[_RoleName, _Role], Field(min_length=1)]
    parents: tuple[_Text, ...] = ()
    ended: Mapping[_Text, tuple[_Text, ...]] = Field(default_factory=dict)
    entry: StrictStr = ""
    book: StrictStr = ""


def evidence_of(file: OdcsFile, value: Mapping[str, Any], dataset: Dataset, steps: Steps) -> EvidenceKind | None:
    """The declared kind of evidence; what does not fit the dataset is refused."""
    try:
        given = _Evidence.model_validate(value)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_input=False):
            at = ".".join(map(str, each["loc"]))
            file.refuse(steps, f"`evidence` of {dataset.name}: {at}: {each['msg']}", hint=_HINT)
        return None
    roles = tuple(EvidenceRole(name, each.number, each.name, each.born) for name, each in given.roles.items())
    kind = EvidenceKind(given.title, given.result, roles, given.parents, given.ended, given.entry, given.book)
    for what in _misfits(kind, dataset):
        file.refuse(steps, f"`evidence` of {dataset.name}: {what}", hint=_HINT)
    return kind


_HINT = (
    "evidence: {title: ..., result: KQ.G15.000031, roles: {owner: {number: ..., name: ..., born: ...}}, entry: ...,"
    " book: ..., ended: {field: [values]}} (docs/contracts.md)"
)


def require_places(file: OdcsFile, dataset: Dataset, steps: Steps) -> None:
    """Place and day of registration are fields that a grant may go by."""
    kinds = {"placeField": (Kind.TEXT,), "dayField": (Kind.PARTIAL_DATE,)}
    for word, name in (("placeField", dataset.place_field), ("dayField", dataset.day_field)):
        field = dataset.by_name.get(name)
        if name and (field is None or field.kind not in kinds[word] or field.classification is not Classification.NONE):
            what = f"`{name}` of {word} is no {kinds[word][0]} of {dataset.name} of class none"
            file.refuse(steps, what, hint="Name the field with the registering unit's code, or with the day.")
    if bool(dataset.place_field) != bool(dataset.day_field):
        what = f"{dataset.name} has one of placeField and dayField: a code names a unit on a day"
        file.refuse(steps, what, hint="Name both, or neither.")


def _misfits(kind: EvidenceKind, dataset: Dataset) -> Iterator[str]:
    named = [name for role in kind.roles for name in (role.number, role.full_name, role.born)]
    named += [*kind.parents, *kind.ended, *filter(None, (kind.entry, kind.book))]
    yield from (f"`{name}` is no field of it" for name in dict.fromkeys(named) if name not in dataset.by_name)
    for role in kind.roles:
        number, born = dataset.by_name.get(role.number), dataset.by_name.get(role.born)
        if number is not None and not number.identity:
            yield f"`{role.number}` identifies nobody: it lacks the property identity"
        if born is not None and born.kind is not Kind.PARTIAL_DATE:
            yield f"`{role.born}` is no partial date"
    if not (dataset.place_field and dataset.day_field):
        yield "its place and day of registration are not named by placeField and dayField"
    if bool(kind.entry) != bool(kind.book):
        yield "entry and book belong together: a number alone is no place in a book"
    if dataset.parent is not None:
        yield "a child of another dataset proves nothing by itself"
