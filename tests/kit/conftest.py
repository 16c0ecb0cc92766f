"""The receiver's kit, imported as a receiver has it: two files in a folder, and sample deliveries."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hub.feeds.samples import FEED, write_samples

KIT = Path(__file__).parents[2] / "kit"
sys.path.insert(0, str(KIT))


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sample deliveries; tests copy what they change."""
    folder = tmp_path_factory.mktemp("samples")
    write_samples(folder)
    return folder


@pytest.fixture(scope="session")
def feed(samples: Path) -> Path:
    """The good feed."""
    return samples / "feeds" / FEED
