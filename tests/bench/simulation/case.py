"""`python -m tests.bench.simulation.case HOMES SLOTS MINUTES`: one street, measured in a process of its own."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import replace

import numpy as np

from openmg.simulation.community import Community, default_community, resampled
from openmg.simulation.comparison import street_of
from openmg.simulation.figures import figures_of
from openmg.simulation.mechanisms import NONE, OURS, market_of
from openmg.simulation.run import live
from openmg.simulation.scenario import Scenario

BATTERY_PER_HOME = 1.0
"""kWh: 50 for 50 homes."""


def finer(community: Community, minutes: int) -> Community:
    """Hourly energy spread evenly over shorter slots, the remainder in the first: for cost, never for figures."""
    parts = community.minutes // minutes

    def spread(energies: np.ndarray) -> np.ndarray:
        each = np.repeat(energies // parts, parts, axis=0)
        each[::parts] += energies % parts
        return np.ascontiguousarray(each)

    if parts == 1:
        return community
    return replace(community, minutes=minutes, load_wh=spread(community.load_wh), solar_wh=spread(community.solar_wh))


def main(homes: int, slots: int, minutes: int) -> dict[str, float]:
    """Our market and no market on a street of so many homes and slots; seconds of processor time, peak MiB."""
    read = time.process_time()
    days = slots * minutes // 1440
    community = resampled(finer(_long_enough(default_community(), days), minutes), homes, seed=1)
    scenario = Scenario(battery=BATTERY_PER_HOME * homes, start=community.first, days=days)
    ready = time.process_time()
    street, setting = street_of(scenario, community), scenario.setting(minutes)
    before = live(street, market_of(NONE, setting))
    ran = time.process_time()
    run = live(street, market_of(OURS, setting))
    done = time.process_time()
    figures = figures_of(OURS, street, run, before)
    return {
        "homes": homes,
        "slots": slots,
        "minutes": minutes,
        "all": time.process_time(),
        "homes_read": ready - read,
        "without": ran - ready,
        "market": done - ran,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "saving": figures.saving_share,
    }


def _long_enough(community: Community, days: int) -> Community:
    """The data's last days again where a year is asked for: the homes were metered for 364."""
    missing = days - community.days
    if missing <= 0:
        return community
    rows = missing * 1440 // community.minutes
    return replace(
        community,
        load_wh=np.concatenate([community.load_wh, community.load_wh[-rows:]]),
        solar_wh=np.concatenate([community.solar_wh, community.solar_wh[-rows:]]),
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*(int(each) for each in sys.argv[1:]))) + "\n")
