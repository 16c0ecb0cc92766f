"""Options of a system: an error names file, line, system and option, and what it may be."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import StrictInt

from connectors import options
from connectors.files.archive import ArchiveLimits
from connectors.http.body import CallLimits
from connectors.interface import System
from contracts.errors import DeploymentInvalid
from contracts.yaml.lines import read_located
from contracts.yaml.models import FileModel

TEXT = "system: s\noptions:\n  page_size: many\n  login: basic\n  kept: x\n  first_day: soon\n  tables: {birth: 7}\n  state: {column: 1, finshed: [7]}\n  pagesize: 1\n"


class State(FileModel):
    """One structured option."""

    column: str
    finished: tuple[StrictInt, ...]


@pytest.fixture
def system(tmp_path: Path) -> System:
    path = tmp_path / "systems" / "s.yaml"
    path.parent.mkdir()
    path.write_text(TEXT, encoding="utf-8")
    file = read_located(path)
    return System("s", "S", "one_stop", "http://127.0.0.1:9", options=file.data["options"], file=file)


ASKED = {
    "a number": (
        lambda s: options.number(s, "page_size", default=1, most=9),
        3,
        "the option page_size: page_size 'many' is no whole number",
        "from 1 to 9",
    ),
    "one of a few": (
        lambda s: options.one_of(s, "login", ("lgsp", "token"), "lgsp"),
        4,
        "the option login must be one of lgsp, token",
        "",
    ),
    "a list": (lambda s: options.texts(s, "kept"), 5, "the option kept: kept 'x' is no list", ""),
    "a day": (
        lambda s: options.day(s, "first_day"),
        6,
        "the option first_day: first_day 'soon' is no day",
        "write first_day: 2025-06-30",
    ),
    "names": (lambda s: options.names(s, "tables"), 7, "the option tables: birth 7 is no text", "put it in quotes"),
    "a model": (
        lambda s: options.value(s, "state", State),
        8,
        "the option state: unknown key finshed",
        "known are column, finished",
    ),
    "a name that nobody reads": (
        lambda s: options.check_names(s, ("login", "kept", "first_day", "tables", "state")),
        9,
        "knows no option pagesize",
        "page_size",
    ),
    "one that must be given": (lambda s: options.text(s, "madonvi"), 2, "the option madonvi must be given", ""),
}


@pytest.mark.parametrize("case", ASKED)
def test_an_option_that_cannot_work_has_its_line(system: System, case: str) -> None:
    """A system's file of thirty lines was searched by eye: the error named the system alone."""
    ask, line, what, hint = ASKED[case]

    with pytest.raises(DeploymentInvalid) as caught:
        ask(system)

    assert f"systems/s.yaml:{line}: s: " in caught.value.message
    assert what in caught.value.message
    assert hint in caught.value.hint


def test_a_system_without_a_file_is_named_by_its_id() -> None:
    """Tests and drafts describe systems in code."""
    with pytest.raises(DeploymentInvalid, match=r"^s: the option madonvi must be given"):
        options.text(System("s", "S", "one_stop", "http://127.0.0.1:9"), "madonvi")


@pytest.mark.parametrize("value", ["0", "-1", "'60'", "true", "", "[60]"])
@pytest.mark.parametrize("name", ["deadline_s", "attempts", "max_ratio", "max_members"])
def test_a_limit_that_cannot_work_has_its_line(tmp_path: Path, name: str, value: str) -> None:
    """A deployment cannot switch a limit off; the error named neither the system nor its file, and 22 files set limits."""
    path = tmp_path / "systems" / "s.yaml"
    path.parent.mkdir()
    path.write_text(f"system: s\noptions:\n  page_size: 5\n  {name}: {value}\n", encoding="utf-8")
    file = read_located(path)
    system = System("s", "S", "one_stop", "http://127.0.0.1:9", options=file.data["options"], file=file)
    kind = ArchiveLimits if name == "max_members" else CallLimits

    with pytest.raises(DeploymentInvalid, match=rf"systems/s\.yaml:4: s: the option {name}: ") as caught:
        options.limits(system, kind)

    assert "number above zero" in caught.value.hint


def test_a_limit_in_whole_numbers_takes_no_fraction() -> None:
    """`attempts: 2.5` was two, silently."""
    with pytest.raises(DeploymentInvalid, match="attempts"):
        options.limits(System("s", "S", "one_stop", "http://127.0.0.1:9", options={"attempts": 2.5}), CallLimits)


def test_limits_are_those_of_the_options_and_defaults_for_the_rest() -> None:
    """A whole number is a number of seconds too; options that are no limits are left to others."""
    system = System("s", "S", "one_stop", "http://127.0.0.1:9", options={"deadline_s": 5, "max_ratio": 7, "kept": "x"})

    assert options.limits(system, CallLimits) == CallLimits(deadline_s=5.0, max_ratio=7)
    assert options.limits(system, ArchiveLimits) == ArchiveLimits(max_ratio=7)
