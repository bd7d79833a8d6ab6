"""Where things are printed: results to standard output, progress and errors to standard error."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.table import Table

console = Console(highlight=False)
progress_console = Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """For machines."""
    console.file.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_facts(title: str, facts: dict[str, object]) -> None:
    """Two columns for people."""
    table = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        table.add_row(name, str(value))
    console.print(table)
