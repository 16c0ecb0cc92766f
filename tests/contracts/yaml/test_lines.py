"""YAML files that would keep a process busy, fill its memory or end it: refused with their line, at once."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from contracts.errors import ContractInvalid
from contracts.yaml.lines import MOST_BYTES, MOST_VALUES, read_located

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
"""Ten lines that unfold to a hundred thousand million values."""
REFUSED = {
    "aliases of aliases": (BOMB, "values"),
    "aliases in mappings": (
        "a: &a {x: 1, y: 2}\n"
        + "b: &b {"
        + ", ".join(f"k{n}: *a" for n in range(99))
        + "}\n"
        + "c: &c {"
        + ", ".join(f"k{n}: *b" for n in range(99))
        + "}\nd: ["
        + ", ".join(["*c"] * 99)
        + "]\n",
        "values",
    ),
    "an alias inside its own anchor": ("a: &a [*a]\n", "nested deeper"),
    "a deep list": ("a: " + "[" * 200 + "]" * 200, "nested deeper"),
    "a deep mapping": ("".join(f"{' ' * n}a:\n" for n in range(90)), "nested deeper"),
    "a number without end": (f"a: {'9' * 5000}\n", "no finite number"),
    "infinity": ("a: .inf\n", "no finite number"),
    "a number too large": ("a: 1.0e+999\n", "no finite number"),
    "a word that is to be a number": ("a: !!int ten\n", "no finite number"),
    "NUL in a text": ('a: "x\\0y"\n', "with a NUL"),
    "a tag of Python": ("a: !!python/object/apply:os.system [ls]\n", None),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_without_measure_is_refused_with_its_line(tmp_path: Path, case: str) -> None:
    """An alias bomb of 500 bytes kept `hub contracts lint` busy until its memory was gone."""
    text, word = REFUSED[case]
    path = tmp_path / "bomb.yaml"
    path.write_text(text, encoding="utf-8")
    started = time.process_time()
    if word is None:  # only tags are read, never built: a list stays a list
        assert read_located(path).data == {"a": ["ls"]}
        return

    with pytest.raises(ContractInvalid, match=rf"bomb\.yaml:[1-9]\d*: .*{word}"):
        read_located(path)
    assert time.process_time() - started < 10


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    """Nor taken into memory."""
    path = tmp_path / "large.yaml"
    path.write_bytes(b"# \n" * (MOST_BYTES // 3 + 1))

    with pytest.raises(ContractInvalid, match=r"large\.yaml:1: \d+ bytes are too many"):
        read_located(path)


def test_two_hundred_thousand_brackets_do_not_end_the_process(tmp_path: Path) -> None:
    """libyaml makes its nodes by recursion: such a file ended the whole process with a segmentation fault, the worker's too."""
    path = tmp_path / "deep.yaml"
    path.write_text("a: " + "[" * 200_000, encoding="utf-8")
    code = "import sys, pathlib; from contracts.yaml.lines import read_located; read_located(pathlib.Path(sys.argv[1]))"

    ended = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ended.returncode == 1
    assert "nested deeper than 40 levels" in ended.stderr


def test_aliases_within_measure_are_written_out(tmp_path: Path) -> None:
    """They are YAML, and save a reader repetitions."""
    path = tmp_path / "plain.yaml"
    path.write_text("a: &a [1, 2]\nb: *a\n", encoding="utf-8")

    assert {"a": [1, 2], "b": [1, 2]} == read_located(path).data


def test_a_file_of_many_values_is_still_read(tmp_path: Path) -> None:
    """Half of what is too many."""
    path = tmp_path / "many.yaml"
    path.write_text("a:\n" + "- 1\n" * (MOST_VALUES // 2), encoding="utf-8")

    assert MOST_VALUES // 2 == len(read_located(path).data["a"])
