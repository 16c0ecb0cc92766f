"""What the receiver's pages tell to type is typed, with the samples that stand beside them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

KIT = Path(__file__).parents[2] / "kit"


@pytest.mark.parametrize("page", ["README.md", "README.vi.md"])
def test_every_command_of_the_page(page: str, tmp_path: Path) -> None:
    """A ministry's engineer has this folder and the page: every block runs, and the forged delivery is found."""
    folder = shutil.copytree(KIT, tmp_path / "kit", ignore=shutil.ignore_patterns("__pycache__"))
    blocks = re.findall(r"^```sh\n(.*?)^```", (KIT / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if not line.startswith("python3 -m venv")]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    script = "set -eu\n" + "\n".join(lines)
    done = subprocess.run(["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True)
    assert 0 == done.returncode, done.stderr
    for sign in ("(220,)", "Signature Verified Successfully", "payload: as signed", "manifest.json: OK"):
        assert sign in done.stdout
    assert "00000007: forged" in done.stderr


def test_without_anything_of_ours(tmp_path: Path) -> None:
    """The verifier runs where the hub is not installed: an isolated Python that sees `cryptography` alone."""
    shutil.copytree(KIT, tmp_path / "kit", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["tar", "xzf", "samples.tar.gz"], cwd=tmp_path / "kit", check=True)
    script = """
import sys
sys.path = [p for p in sys.path if "site-packages" in p or "lib/python" in p or p.endswith(".zip")]
class Ours:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"hub", "contracts", "connectors", "quality", "service", "twins"}:
            raise ImportError(name)
sys.meta_path.insert(0, Ours())
sys.argv = ["verify.py", "chain", "samples/feeds/sample-births", "--keys", "samples/keys"]
exec(compile(open("verify.py").read(), "verify.py", "exec"), {"__name__": "__main__"})
"""
    done = subprocess.run([sys.executable, "-I", "-c", script], cwd=tmp_path / "kit", capture_output=True, text=True)
    assert 0 == done.returncode, done.stderr
    assert 11 == done.stdout.count("good: ")
