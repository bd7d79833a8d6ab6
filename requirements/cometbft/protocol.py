"""Generate `openmg.tendermint` from the .proto files of the pinned CometBFT in Go's module cache.

Usage: python requirements/cometbft/protocol.py FOLDER   (the package `tendermint` appears in it)
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from grpc_tools import protoc

HERE = Path(__file__).resolve().parent
ROOTS = ["tendermint/abci/types.proto", "tendermint/types/types.proto", "tendermint/types/canonical.proto"]
IMPORTS = re.compile(r'^import "((?:tendermint|gogoproto)/[^"]+)";', re.MULTILINE)
PACKAGES = re.compile(r"^(from|import) (tendermint|gogoproto)\b", re.MULTILINE)
HEADER = '"""Messages of CometBFT, generated from its .proto files (Apache-2.0) by `make protocol`; do not edit."""\n'


def module_folder(module: str) -> Path:
    """Where Go keeps a module that go.mod pins."""
    command = ["go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", module]
    return Path(subprocess.run(command, cwd=HERE, capture_output=True, check=True, text=True).stdout.strip())


def needed(roots: list[Path]) -> list[str]:
    """The .proto files of `ROOTS` and all that they need."""
    found: list[str] = []
    waiting = list(ROOTS)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.append(name)
        source = next(root / name for root in roots if (root / name).is_file())
        waiting.extend(IMPORTS.findall(source.read_text("utf-8")))
    return sorted(found)


def generate(folder: Path) -> None:
    """Write the package `tendermint` into `folder`, all generated modules below it."""
    roots = [module_folder("github.com/cometbft/cometbft") / "proto", module_folder("github.com/cosmos/gogoproto")]
    includes = [*roots, Path(protoc.__file__).parent / "_proto"]
    with tempfile.TemporaryDirectory() as made:
        options = [*(f"-I{path}" for path in includes), f"--python_out={made}", f"--pyi_out={made}"]
        if protoc.main(["protoc", *options, *needed(roots)]):
            sys.exit("protoc failed")
        for path in sorted(Path(made).rglob("*.py*")):
            name = path.relative_to(made)
            # The extension of gogoproto is named beside the messages, not above the house's root.
            inside = name.relative_to("tendermint") if name.parts[0] == "tendermint" else name
            target = folder / "tendermint" / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            text = PACKAGES.sub(_inside, path.read_text("utf-8"))
            target.write_text(text, "utf-8")
    for path in [folder / "tendermint", *(each for each in (folder / "tendermint").iterdir() if each.is_dir())]:
        (path / "__init__.py").write_text(HEADER, "utf-8")


def _inside(match: re.Match[str]) -> str:
    package = "openmg.tendermint" if match[2] == "tendermint" else "openmg.tendermint.gogoproto"
    return f"{match[1]} {package}"


if __name__ == "__main__":
    generate(Path(sys.argv[1]))
