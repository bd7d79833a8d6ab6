"""The rules of the house, as tests: each names what breaks it and where."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
ROOMS = HOUSE / "src" / "openmg"
CHAPTERS = HOUSE / "book" / "src"

PURE_ROOMS = ("market", "tariff", "learning", "lightclient")
PURE_IMPORTS = {"__future__", "abc", "bisect", "collections", "dataclasses", "enum", "fractions", "functools"}
PURE_IMPORTS |= {"hashlib", "itertools", "math", "openmg", "operator", "re", "typing"}
# What counts ε: made of floats inside, integers at its edge, and no state depends on it.
NOT_PURE = {ROOMS / "learning" / "accountant.py"}
# Rooms that have no protocol of their own to explain or to test by a noun.
ROOMS_WITHOUT_CHAPTER = {"cli", "tendermint"}

LINES_PER_FILE = 400
LINES_PER_FUNCTION = 60
CROWDED_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|(?:index|static)\.crates\.io|registry\.npmjs|artifactory")
ISSUE_NUMBER = re.compile(r"(?:^|[_-])(?:issue|ticket|bug|pr)[_-]?\d+", re.IGNORECASE)
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files() -> tuple[Path, ...]:
    """Every file that is in the repository or about to be; without git, every file that is not hidden."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=HOUSE, capture_output=True, check=True, text=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        skipped = {"target", "__pycache__", "node_modules"}
        listed = [
            str(path.relative_to(HOUSE))
            for path in HOUSE.rglob("*")
            if path.suffix != ".so"
            and not any(part in skipped or part.startswith(".") for part in path.relative_to(HOUSE).parts)
        ]
    return tuple(HOUSE / name for name in sorted(set(listed)) if name and (HOUSE / name).is_file())


def sources(*suffixes: str) -> list[Path]:
    return [path for path in files() if path.suffix in suffixes]


def where(path: Path, line: int | None = None) -> str:
    return f"{path.relative_to(HOUSE)}" + (f":{line}" if line else "")


def parsed(*folders: Path) -> list[tuple[Path, ast.Module]]:
    return [
        (path, ast.parse(path.read_text("utf-8"), str(path)))
        for path in sources(".py")
        if any(path.is_relative_to(folder) for folder in folders)
    ]


def pure() -> list[tuple[Path, ast.Module]]:
    return [each for each in parsed(*(ROOMS / room for room in PURE_ROOMS)) if each[0] not in NOT_PURE]


def rooms() -> list[str]:
    return sorted(path.parent.name for path in ROOMS.glob("*/__init__.py"))


def imported(tree: ast.Module) -> list[tuple[str, int]]:
    """Full names of what a module imports: `from a import b` counts as `a.b`."""
    found: list[tuple[str, int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(name.name, node.lineno) for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(f"{node.module}.{name.name}", node.lineno) for name in node.names]
    return found


def lines_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        where(path, number)
        for path in paths
        if path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def none_of(broken: list[str], rule: str) -> None:
    assert not broken, rule + ":\n  " + "\n  ".join(broken)


def test_files_are_short() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in sources(".py", ".rs", ".ts", ".tsx")}
    none_of(
        [f"{where(path)}: {lines}" for path, lines in lengths.items() if lines > LINES_PER_FILE],
        f"A source file has at most {LINES_PER_FILE} lines; move an idea into a file of its own",
    )


def test_functions_are_short() -> None:
    none_of(
        [
            f"{where(path, node.lineno)} {node.name}: {lines}"
            for path, tree in parsed(HOUSE)
            for node in ast.walk(tree)
            if isinstance(node, FUNCTION) and (lines := (node.end_lineno or 0) - node.lineno + 1) > LINES_PER_FUNCTION
        ],
        f"A function has at most {LINES_PER_FUNCTION} lines",
    )


def test_names_say_what_is_inside() -> None:
    none_of(
        [
            where(path)
            for path in files()
            if any(part.split(".")[0].lower() in CROWDED_NAMES for part in path.relative_to(HOUSE).parts)
        ],
        "A file or folder is named by what it holds, not " + ", ".join(sorted(CROWDED_NAMES)),
    )


def test_names_carry_no_issue_numbers() -> None:
    names = [(where(path), path.stem) for path in files()]
    names += [
        (where(path, node.lineno), node.name)
        for path, tree in parsed(HOUSE)
        for node in ast.walk(tree)
        if isinstance(node, FUNCTION | ast.ClassDef)
    ]
    none_of([place for place, name in names if ISSUE_NUMBER.search(name)], "A name says what, not which issue")


def test_every_room_has_a_chapter() -> None:
    none_of(
        [
            f"src/openmg/{room}: no book/src/{room}.md"
            for room in rooms()
            if room not in ROOMS_WITHOUT_CHAPTER and not (CHAPTERS / f"{room}.md").is_file()
        ],
        "Every room has a chapter with its name",
    )


def test_every_room_has_tests() -> None:
    tests = {path.relative_to(HOUSE).with_suffix("") for path in sources(".py") if path.is_relative_to(HOUSE / "tests")}
    nouns = {part for path in tests for part in path.parts}
    none_of(
        [f"src/openmg/{room}" for room in rooms() if not nouns & {room, f"test_{room}"}],
        "Every room has a folder or a file of tests with its name: tests/unit/ROOM/ or tests/unit/test_ROOM.py",
    )


def test_the_summary_lists_every_chapter() -> None:
    listed = set(re.findall(r"\]\(([^)]+\.md)\)", (CHAPTERS / "SUMMARY.md").read_text("utf-8")))
    written = {str(path.relative_to(CHAPTERS)) for path in sources(".md") if path.is_relative_to(CHAPTERS)}
    written.discard("SUMMARY.md")
    none_of(
        [f"{name}: listed, not written" for name in sorted(listed - written)]
        + [f"{name}: written, not listed" for name in sorted(written - listed)],
        "book/src/SUMMARY.md and the chapters beside it agree",
    )


def test_links_between_documents_lead_somewhere() -> None:
    none_of(
        [
            f"{where(path)}: {target}"
            for path in sources(".md")
            if path != CHAPTERS / "SUMMARY.md"
            for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text("utf-8"))
            if "://" not in target and not (path.parent / target).exists()
        ],
        "A link inside the house leads to a file",
    )


def floats(node: ast.AST) -> bool:
    literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
    name = isinstance(node, ast.Name) and node.id == "float"
    division = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
    return literal or name or division


def test_pure_rooms_use_no_floats() -> None:
    none_of(
        [
            where(path, node.lineno)
            for path, tree in pure()
            for node in ast.walk(tree)
            if isinstance(node, ast.expr | ast.stmt) and floats(node)
        ],
        "A pure room counts in integers: no float and no true division (use //)",
    )


def test_pure_rooms_import_only_pure_things() -> None:
    none_of(
        [
            f"{where(path, line)} {name}"
            for path, tree in pure()
            for name, line in imported(tree)
            if name.split(".")[0] not in PURE_IMPORTS
        ],
        "A pure room does no input or output, reads no clock and rolls no dice",
    )


def test_only_crypto_imports_the_extension() -> None:
    none_of(
        [
            where(path, line)
            for path, tree in parsed(ROOMS)
            for name, line in imported(tree)
            if name.startswith("openmg._core") and not path.is_relative_to(ROOMS / "crypto")
        ],
        "Only openmg.crypto imports the Rust extension",
    )


def test_nothing_is_left_unfinished() -> None:
    none_of(
        lines_with(UNFINISHED, sources(".py", ".rs", ".ts", ".tsx", ".md", ".toml", ".yml")), "Finish it or drop it"
    )


def test_no_registry_is_named() -> None:
    none_of(
        lines_with(REGISTRY, list(files())), "Which registry packages come from is the reader's choice; name no host"
    )


def test_the_version_is_one() -> None:
    crates = tomllib.loads((HOUSE / "Cargo.toml").read_text("utf-8"))["workspace"]["package"]["version"]
    assert f'__version__ = "{crates}"' in (ROOMS / "__init__.py").read_text("utf-8"), (
        "src/openmg/__init__.py and Cargo.toml name the same version"
    )


def test_the_runtime_lock_covers_what_the_package_asks_for() -> None:
    asked = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    lines = (HOUSE / "requirements" / "run.in").read_text("utf-8").splitlines()
    locked = [line.split("#")[0].strip() for line in lines]
    assert sorted(asked) == sorted(filter(None, locked)), (
        "pyproject.toml and requirements/run.in name the same packages"
    )
