"""`python -m openmg.authority`: one authority on pipes; started by the embedded engine's owner."""

import os
import signal
import sys

from openmg.authority.process import serve

# The parent decides when to stop: it closes the pipe, also after Ctrl-C, once the last block is on disk.
signal.signal(signal.SIGINT, signal.SIG_IGN)
try:
    serve(sys.stdin.buffer, sys.stdout.buffer)
except BrokenPipeError:
    # The parent is gone. What waits in the buffer has no reader; without this Python would complain at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
