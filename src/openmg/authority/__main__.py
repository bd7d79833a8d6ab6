"""`python -m openmg.authority`: one authority on pipes; started by the embedded engine's owner."""

import signal
import sys

from openmg.authority.process import serve

# The parent decides when to stop: it closes the pipe, also after Ctrl-C, once the last block is on disk.
signal.signal(signal.SIGINT, signal.SIG_IGN)
serve(sys.stdin.buffer, sys.stdout.buffer)
