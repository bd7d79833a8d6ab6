"""One finished day at the real command line; tests work on copies of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from openmg.demo.folder import DemoFolder

OPENMG = Path(sys.executable).with_name("openmg")


@dataclass(frozen=True)
class Finished:
    """A demo's folder, and what the command printed."""

    folder: DemoFolder
    output: str
    errors: str


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    root = tmp_path_factory.mktemp("e2e") / "day"
    done = subprocess.run(
        [OPENMG, "demo", "--homes", "3", "--json", "--out", str(root)],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done
    return Finished(DemoFolder(root), done.stdout, done.stderr)


@pytest.fixture
def copied(finished: Finished, tmp_path: Path) -> DemoFolder:
    """A copy that a test may spoil."""
    return DemoFolder(Path(shutil.copytree(finished.folder.root, tmp_path / "day")))
