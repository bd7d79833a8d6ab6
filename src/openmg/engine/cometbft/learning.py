"""What a node does for a PPDL chain: checkpoints on a shelf beside it, and its rounds in the status."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from openmg.chains import PPDLChain
from openmg.engine.cometbft.conduct import Conduct
from openmg.engine.cometbft.journal import Journal
from openmg.machine import Outcome
from openmg.storage import ModelShelf

MODELS: Final = Path("models")
"""Beside the chain file."""


class PPDLConduct(Conduct[PPDLChain]):
    """How a node treats a PPDL chain."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal)
        self._shelf = ModelShelf(MODELS)

    def begin(self, chain: PPDLChain) -> dict[str, object]:
        """The chain stands here now; what a snapshot brought is on the shelf too."""
        facts = super().begin(chain)
        adopted = [task for task in chain.state.tasks if task.adopted]
        for task in adopted:
            self._shelf.put(task.model.encode())
        return facts | {"tasks": len(adopted)}

    def status(self) -> dict[str, object]:
        """Where the chain and its rounds stand, for operators."""
        rounds = [
            {"task": task.task.name, "round": round_.number, "phase": round_.phase.name, "uploads": len(round_.uploads)}
            for _, task, round_ in self.chain.state.running()
        ]
        return super().status() | {"rounds": rounds}

    def keep(self, outcome: Outcome) -> None:
        """Write the new models before the block that names them.

        Raises:
            BadInput: the disk takes no more.
        """
        self._shelf.keep(outcome)
