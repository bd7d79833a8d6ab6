"""Commands that are imported when they are called: a short one does not wait for what all the others need."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True)
class Late:
    """Where a command is (`module:name` of a function or of a Typer), and its one line in the help of its group."""

    place: str
    says: str

    def load(self, name: str) -> Any:  # noqa: ANN401 - typer does not export its commands' type
        """The command itself."""
        module, attribute = self.place.split(":")
        found = getattr(importlib.import_module(module), attribute)
        if isinstance(found, typer.Typer):
            return typer.main.get_group(found)
        alone = typer.Typer(add_completion=False)
        alone.command(name=name)(found)
        return typer.main.get_command(alone)


class LateGroup(TyperGroup):
    """A group that lists its late commands without having them."""

    late: ClassVar[Mapping[str, Late]] = {}

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - whatever typer gives a group
        super().__init__(**settings)
        for name, each in self.late.items():
            self.add_command(TyperCommand(name=name, help=each.says))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - as above
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and name in self.late:
            command = self.late[name].load(name)
        return name, command, rest
