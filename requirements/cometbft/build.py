"""Build the pinned CometBFT, with the one constant right that its authors meant otherwise.

Its socket client hands what waits to the application when `flushThrottleMS = 20` has passed, which Go reads as
20 nanoseconds: under load a timer then fires at every moment, half of a validator's processor time. It says
10 milliseconds here. Nothing that other nodes see changes: this build and the authors' own understand each other.

Usage: python requirements/cometbft/build.py PROGRAM
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODULE = "github.com/cometbft/cometbft"
CLIENT = Path("abci/client/socket_client.go")
MEANT_OTHERWISE = "flushThrottleMS = 20 "
RIGHT = "flushThrottleMS = 10 * time.Millisecond "


def sources() -> Path:
    """Where Go keeps the pinned module, whose hash it has checked."""
    subprocess.run(["go", "mod", "download", MODULE], cwd=HERE, check=True)
    command = ["go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", MODULE]
    return Path(subprocess.run(command, cwd=HERE, capture_output=True, check=True, text=True).stdout.strip())


def build(program: Path) -> None:
    """Build a corrected copy of the sources; `program` appears whole or not at all."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        copy = folder / "cometbft"
        shutil.copytree(sources(), copy, copy_function=shutil.copyfile)
        text = (copy / CLIENT).read_text("utf-8")
        if text.count(MEANT_OTHERWISE) != 1:
            sys.exit(f"{CLIENT} of {MODULE} is not what it was: look at it again, then at {Path(__file__).name}")
        (copy / CLIENT).write_text(text.replace(MEANT_OTHERWISE, RIGHT), "utf-8")
        for name in ("go.mod", "go.sum"):
            shutil.copyfile(HERE / name, folder / name)
        subprocess.run(["go", "mod", "edit", f"-replace={MODULE}=./cometbft"], cwd=folder, check=True)
        shutil.copyfile(HERE / "cometbft.go", folder / "cometbft.go")
        options = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-o", "built", f"{MODULE}/cmd/cometbft"]
        subprocess.run(["go", "build", *options], cwd=folder, check=True, env={**os.environ, "CGO_ENABLED": "0"})
        partly = program.with_suffix(".part")
        shutil.copyfile(folder / "built", partly)
        partly.chmod(0o755)
        partly.replace(program)


if __name__ == "__main__":
    build(Path(sys.argv[1]).absolute())
