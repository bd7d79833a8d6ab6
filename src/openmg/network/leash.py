"""`leash.py PARENT PROGRAM …`: become PROGRAM, in such a way that it ends when PARENT does, however that ends.

CometBFT knows no lifeline, so this stands before it in the same process: asked before the program is loaded, the kernel
kills it with its parent. Where the kernel cannot (not Linux), CometBFT ends when the application's socket closes, and
the application watches its lifeline.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def tie(parent: int) -> bool:
    """Have the kernel end this process with its parent; False when the parent is gone already."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return os.getppid() == parent


if __name__ == "__main__" and tie(int(sys.argv[1])):
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - no shell is meant
