"""The bar that shows how far a long command is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from openmg.cli.output import progress_console


@contextmanager
def progress_bar(first: str, total: int) -> Iterator[Callable[[str, int, int], None]]:
    """A bar that is told what is happening, how much is done and of how much; nothing where no terminal looks on."""
    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns, console=progress_console, transient=True, disable=not progress_console.is_terminal
    ) as progress:
        task = progress.add_task(first, total=total)

        def watch(what: str, done: int, whole: int) -> None:
            progress.update(task, description=what, completed=done, total=whole)

        yield watch
