"""`python -m tests.bench.learning`: how good the forecast is, learnt together and in other ways, and what it costs.

The data is not part of the repository: OPENMG_DATA says where it is. All choices were made on `--validate`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from openmg.errors import BadInput
from openmg.forecast.citylearn import GOOD, load_history
from openmg.forecast.features import raw_features
from openmg.forecast.scaling import FILE, scaling_of, write_scaling
from tests.bench.learning.figures import PARTS, Bench
from tests.bench.learning.homes import load_street
from tests.bench.learning.plans import HOURS


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all parts, or those that are named."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.learning", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--validate", action="store_true", help="judge July and August 2013 instead of the test months")
    parser.add_argument("--only", nargs="+", choices=sorted(PARTS), default=list(PARTS), metavar="PART")
    parser.add_argument("--scaling", action="store_true", help="make src/openmg/forecast/scaling.csv anew and stop")
    chosen = parser.parse_args(arguments)
    if chosen.scaling:
        raw = np.concatenate([raw_features(load_history(number)) for number in GOOD])
        write_scaling(scaling_of(raw), FILE)
        return
    try:
        street = load_street(HOURS, chosen.validate)
    except BadInput as bad:
        sys.exit(str(bad))
    Bench(street, range(chosen.seeds)).run(chosen.only)


if __name__ == "__main__":
    main()
