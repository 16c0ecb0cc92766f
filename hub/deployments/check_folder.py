"""Files of a deployment's folder that nobody reads: most likely they are misspelt."""

from __future__ import annotations

from pathlib import Path

from hub.deployments.faults import FaultList

FILES = (
    "deployment.yaml",
    "grants.yaml",
    "grant_signers.yaml",
    "purposes.yaml",
    "book_keepers.yaml",
    "requirement_rules.yaml",
    "requirements.csv",
    "requirements_labels.csv",
    "requirement_reviews.csv",
    "requirement_words.yaml",
    "twins.yaml",
    "working_days.csv",
)
"""What stands in the folder itself."""
FOLDERS = ("systems", "feeds", "data", "reference", "facts", "services", "contracts", "schemas")


def check_folder(folder: Path, faults: FaultList) -> None:
    """Every `.yml` file, and every file or folder of another name than those that are read."""
    for path in sorted(folder.rglob("*.yml")):
        faults.add(_name(folder, path), "no file of this ending is read", f"call it {path.stem}.yaml")
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in FOLDERS and not path.name.startswith((".", "__")):
            faults.add(f"{path.name}/", "nothing reads this folder", f"known are {', '.join(FOLDERS)}")
        if path.is_file() and path.suffix in (".yaml", ".csv") and path.name not in FILES:
            faults.add(_name(folder, path), "nothing reads this file", f"known are {', '.join(FILES)}")


def _name(folder: Path, path: Path) -> str:
    return f"{path.parent.name if path.parent != folder else folder.name}/{path.name}"
