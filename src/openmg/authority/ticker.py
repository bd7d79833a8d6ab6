"""When an authority asks for a block because of the time: nobody else would make one (SLOT-7)."""

from __future__ import annotations

from typing import Final

from openmg.chains.gates import next_due
from openmg.chains.state import State
from openmg.client import Timeline

_SECOND: Final = 10**9
_STAGGER: Final = _SECOND // 4
"""ns: authorities ask one after another, so that one tick usually does."""
_LONGEST: Final = 60 * _SECOND
"""ns between two ticks of a clock that is ahead of everyone else's."""


class Ticker:
    """One authority's sense of time; `index` of `count`."""

    def __init__(self, timeline: Timeline, index: int, count: int) -> None:
        self._timeline = timeline
        self._index = index
        self._count = count
        self._due = 0
        self._asked = 0
        self._last = 0

    def wait(self, state: State, now: int) -> float:
        """Seconds until `due` may say yes; `now` in ns since the Unix epoch."""
        return max(self._moment(state) - now, 0) / _SECOND

    def due(self, state: State, now: int) -> bool:
        """Whether to ask for a block now; each yes without effect makes the next wait longer."""
        if now < self._moment(state):
            return False
        self._asked += 1
        self._last = now
        return True

    def _moment(self, state: State) -> int:
        due = next_due(state)
        if due != self._due:
            self._due, self._asked = due, 0
        turn = (self._index - state.clock.height) % self._count
        moment = self._timeline.moment_of(due) + turn * _STAGGER
        if self._asked:
            moment = max(moment, self._last + min(_SECOND << min(self._asked - 1, 10), _LONGEST))
        return moment
