"""Does `hub contracts diff` agree with datacontract-cli? Every change of tests/contracts/changes.yaml is asked of both.

    python -m proofs.contract_verdicts --program /path/to/datacontract [--write]

datacontract-cli is no dependency: it is installed in an environment of its own (`pip install datacontract-cli`). It is
asked once a change, `breaking OLD NEW`: the direction that it names says what breaks producers and what consumers.
`--write` puts its answers into the file, for the test that compares them without it. Exit code 4 if an answer is another
one than the file has.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.contracts.changed_files import CASES, FILE, versions

DIFFERENT = 4
_SIDES = {"producer": "tightens", "consumer": "loosens"}
"""Side that datacontract-cli judges for -> the direction of a change that breaks it."""
_ROW = re.compile(r"│ (?:ERROR|WARNING|INFO) +│ \w+ +│ (tightens|loosens|both) +│")


def verdicts(program: str, case: dict[str, Any]) -> dict[str, str]:
    """breaks or safe for each side, by the direction of the changes that the program tests; none where it tests none."""
    with tempfile.TemporaryDirectory() as folder:
        old, new = versions(case, Path(folder))
        done = subprocess.run(
            [program, "breaking", str(old), str(new)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "COLUMNS": "600"},
        )
    if "Details" not in done.stdout:
        raise SystemExit(f"{case['name']}: no answer of {program}: {done.stdout} {done.stderr}")
    found = set(_ROW.findall(done.stdout))
    if not found:
        return dict.fromkeys(_SIDES, "none")
    return {side: "breaks" if found & {word, "both"} else "safe" for side, word in _SIDES.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    text, different = FILE.read_text(encoding="utf-8"), 0
    for case in CASES:
        theirs = verdicts(asked.program, case)
        same = theirs == case.get("theirs")
        different += not same
        print(f"{case['name']}: {theirs}{'' if same else '  recorded: ' + str(case.get('theirs'))}")
        if asked.write:
            text = _with(text, case["name"], theirs)
    if asked.write:
        FILE.write_text(text, encoding="utf-8")
    print(f"{len(CASES)} changes, {different} answered otherwise than recorded")
    return DIFFERENT if different and not asked.write else 0


def _with(text: str, name: str, theirs: dict[str, str]) -> str:
    """The file with an answer below the name of its case."""
    head = f"- name: {name}\n"
    return re.sub(f"{re.escape(head)}(  theirs: .*\n)?", lambda _: f"{head}  theirs: {_flow(theirs)}\n", text)


def _flow(theirs: dict[str, str]) -> str:
    return "{" + ", ".join(f"{side}: {said}" for side, said in theirs.items()) + "}"


if __name__ == "__main__":
    sys.exit(main())
