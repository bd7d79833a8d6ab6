"""How each part of the benchmark learns. All of it was chosen on July and August 2013, before the test months."""

from __future__ import annotations

from typing import Final

from openmg.forecast import LARGE, SMALL
from openmg.forecast.training import LOCAL, Course
from tests.bench.learning.federation import Plan

HOURS: Final = (0,)
"""When the days ahead begin that are learnt from."""
CENTRAL: Final = (Course(16, 64, 3e-3), Course(6, 64, 1e-3), Course(4, 64, 3e-4))
PUBLIC: Final = (Course(8, 64, 3e-3), Course(4, 64, 1e-3), Course(3, 64, 3e-4))
FEDERATED: Final = Plan(rounds=100, course=LOCAL, tail=5, slowed=True)
CHUNK: Final = 24
"""Days of a pseudo-client."""
LEAST_CHUNK: Final = 14
_SHORT: Final = Course(2, 8, 0.01)
PRIVATE: Final = {
    SMALL: Plan(rounds=40, course=_SHORT, rate=3.0, clip=0.46, tail=10),
    LARGE: Plan(rounds=40, course=_SHORT, rate=3.0, clip=0.8, tail=10),
}
HOMES: Final = Plan(rounds=20, course=LOCAL, rate=1.0, clip=0.46, tail=10)
