"""A slow second opinion, written from the book's chapter Wire and the public standards, never from the Rust core."""


class Refused(Exception):
    """What the protocol refuses: args = (clause, reason)."""

    def __init__(self, clause: str, reason: str) -> None:
        super().__init__(clause, reason)
        self.clause = clause
        self.reason = reason


def require(condition: object, clause: str, reason: str) -> None:
    """Refuse by `clause` unless the condition holds."""
    if not condition:
        raise Refused(clause, reason)
