"""Files of a deployment as typed values: each thing that is wrong has its line, its key and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from contracts.errors import DeploymentInvalid
from contracts.identifiers import SYSTEM
from contracts.yaml.models import Code, Count, Day, EmptyList, EmptyMapping, FileModel, Filled, Flag, Text, load, named


class Window(FileModel):
    """An entry of a file."""

    opens: Day
    closes: Day | None = None
    kind: Literal["public", "staff"] = "public"


class Office(FileModel):
    """A file with one value of each sort."""

    id: Annotated[str, named(SYSTEM)] = Field(alias="office")
    title: Text = Field(examples=["Quận 1"])
    unit: Code = ""
    staff: Count = 1
    open: Flag = True
    contact: Filled = ""
    windows: Annotated[tuple[Window, ...], EmptyList] = ()
    rooms: Annotated[Mapping[str, Window], EmptyMapping] = Field(
        default_factory=dict, examples=["{front: {opens: 2022-01-01}}"]
    )


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "offices" / "one.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_becomes_its_model(tmp_path: Path) -> None:
    """Codes written as numbers are texts, days are days, and a key alone is empty."""
    text = "office: one\ntitle: Quận 1\nunit: 760\ncontact:\nwindows:\nrooms: {front: {opens: 2022-01-01}}\n"

    office = load(written(tmp_path, text), Office).value

    assert ("one", "760", "", ()) == (office.id, office.unit, office.contact, office.windows)
    assert "2022-01-01" == str(office.rooms["front"].opens)


WRONG = {
    "an unknown key": (
        "titel: x\n",
        1,
        "unknown key titel",
        "known are contact, office, open, rooms, staff, title, unit, windows",
    ),
    "a key of a value, not of the file": ("id: one\n", 1, "unknown key id", "known are contact, office"),
    "an unknown key of an entry": (
        "windows:\n- opens: 2022-01-01\n  shuts: 2022-01-02\n",
        3,
        "unknown key shuts",
        "known are closes, kind, opens",
    ),
    "an unknown key of a named entry": (
        "rooms:\n  front:\n    opens: 2022-01-01\n    x: 1\n",
        4,
        "unknown key x",
        "known are closes, kind, opens",
    ),
    "a key that is missing": ("office: one\n", 1, "title missing", "write title: Quận 1"),
    "a key that an entry lacks": ("title: x\nwindows:\n- kind: staff\n", 3, "opens missing", ""),
    "a number for a text": ("title: 7\n", 1, "title 7 is no text", "put it in quotes"),
    "a text for a number": ("title: x\nstaff: many\n", 2, "staff 'many' is no whole number", ""),
    "true for a number": ("title: x\nstaff: true\n", 2, "staff True is no whole number", ""),
    "too few": ("title: x\nstaff: 0\n", 2, "staff 0: Input should be greater than or equal to 1", ""),
    "a word for a flag": ("title: x\nopen: sometimes\n", 2, "open 'sometimes' is no true or false", ""),
    "a day that is none": (
        "title: x\nwindows:\n- opens: soon\n",
        3,
        "opens 'soon' is no day",
        "write opens: 2025-06-30",
    ),
    "a word of a few": (
        "title: x\nwindows:\n- {opens: 2022-01-01, kind: all}\n",
        3,
        "kind 'all' is unknown",
        "known are public or staff",
    ),
    "a text for a list": ("title: x\nwindows: front\n", 2, "windows 'front' is no list", ""),
    "a list for a mapping": ("title: x\nrooms: [1]\n", 2, "rooms (a list) is no mapping", "write rooms: {front"),
    "a text for an entry": (
        "title: x\nwindows: [front]\n",
        2,
        "windows, entry 1, 'front' is no mapping",
        "expected key: value lines",
    ),
    "a name that is none": ("title: x\noffice: ../one\n", 2, "no name that a system may have", "Lower-case letters"),
    "no mapping at all": ("- 1\n", 1, "expected key: value lines", "known keys are contact"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, case: str) -> None:
    """Folder, file and line, the key, and the next step."""
    text, line, what, hint = WRONG[case]

    with pytest.raises(DeploymentInvalid) as caught:
        load(written(tmp_path, text), Office)

    assert f"offices/one.yaml:{line}: {what}" in caught.value.message
    assert hint in caught.value.hint


def test_a_name_that_is_none_is_not_repeated(tmp_path: Path) -> None:
    """It may hold escapes that lead a terminal, or pretend to be a path."""
    with pytest.raises(DeploymentInvalid) as caught:
        load(written(tmp_path, "title: x\noffice: ../../etc\n"), Office)

    assert "etc" not in str(caught.value)


def test_everything_that_is_wrong_is_reported_at_once(tmp_path: Path) -> None:
    """A file was mended line by line, one start of the hub for each; the misspelt key comes first, then the lines in their order."""
    with pytest.raises(DeploymentInvalid) as caught:
        load(written(tmp_path, "office: one\nstaff: no\nunit: []\ntitel: x\n"), Office)

    reply = caught.value.message.splitlines()
    assert ["unknown key titel", "title missing", "staff False", "unit (a list)"] == [
        line.split(": ", 1)[1][: len(w)]
        for line, w in zip(reply, ("unknown key titel", "title missing", "staff False", "unit (a list)"), strict=True)
    ]


def test_a_file_full_of_faults_stays_readable(tmp_path: Path) -> None:
    """Five are listed, the rest are counted."""
    windows = "".join("- opens: soon\n" for _ in range(9))

    with pytest.raises(DeploymentInvalid) as caught:
        load(written(tmp_path, f"office: one\ntitle: x\nwindows:\n{windows}"), Office)

    assert "and 4 more" == caught.value.message.splitlines()[-1]


def test_a_check_against_another_file_names_the_line(tmp_path: Path) -> None:
    """What a model cannot know is refused in the same words."""
    document = load(written(tmp_path, "office: one\ntitle: x\nwindows:\n- opens: 2022-01-01\n"), Office)

    error = document.wrong(("windows", 0, "opens"), "nobody is there", hint="another day")

    assert "offices/one.yaml:4: nobody is there" == error.message
