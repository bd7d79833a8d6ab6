"""The error tree: everything that the house raises on purpose.

A message is one clear line: what was wrong, where, and what was expected.
"""

from __future__ import annotations


class OpenMGError(Exception):
    """Root of all errors that the house raises on purpose."""


class BadInput(OpenMGError):
    """A person, a file or a peer gave something unusable (exit code 2, HTTP 4xx)."""


class Malformed(OpenMGError):
    """Bytes that are no canonical encoding of what they claim to be."""


class Corrupt(OpenMGError):
    """Stored data that no longer agrees with its own digest."""


class Rejected(OpenMGError):
    """A message that breaks the protocol; `clause` names the rule, e.g. ``MARKET-4``."""

    def __init__(self, clause: str, reason: str) -> None:
        super().__init__(f"{clause}: {reason}")
        self.clause = clause
        self.reason = reason

    def __reduce__(self) -> tuple[type[Rejected], tuple[str, str]]:
        return (Rejected, (self.clause, self.reason))
