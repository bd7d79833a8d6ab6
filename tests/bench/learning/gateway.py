"""One gateway's cost, in a process of its own: `python -m tests.bench.learning.gateway SIZE` prints seconds and MB."""

from __future__ import annotations

import json
import resource
import sys
import time

from openmg.forecast import start, training_windows
from openmg.forecast.citylearn import load_history
from openmg.forecast.training import LOCAL, PERSONAL, train


def main() -> None:
    """A year of one public home: features, a round's training (compiled and not), a model of its own."""
    size = int(sys.argv[1])
    marks = [time.perf_counter()]
    windows = training_windows("home", load_history(1))
    marks.append(time.perf_counter())
    flat = start(size, seed=1)
    for course in (LOCAL, LOCAL, PERSONAL):
        flat = train(flat, windows, 1, course)
        marks.append(time.perf_counter())
    names = ("features", "first", "round", "personal")
    seconds = {name: after - before for name, before, after in zip(names, marks, marks[1:], strict=False)}
    print(json.dumps(seconds | {"memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
