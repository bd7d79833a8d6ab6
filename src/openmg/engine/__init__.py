"""What runs a state machine: the embedded engine (one process, one file)."""

from openmg.engine.local import LocalEngine
from openmg.engine.replay import replay

__all__ = ["LocalEngine", "replay"]
