"""Found first by a Python that is to be off by CLOCK_SHIFT seconds: everything in it sees that hour."""

import os
import time

SHIFT = int(os.environ["CLOCK_SHIFT"])
_seconds, _nanoseconds = time.time, time.time_ns
time.time = lambda: _seconds() + SHIFT
time.time_ns = lambda: _nanoseconds() + SHIFT * 10**9
