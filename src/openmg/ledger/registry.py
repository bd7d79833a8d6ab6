"""Who is enrolled: one active account per meter key (ACCOUNT-1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openmg.errors import Rejected
from openmg.ledger.account import Account


class Registry:
    """All accounts in order of enrolment, found by account key; remembers which of them changed."""

    def __init__(self, accounts: Sequence[Account] = ()) -> None:
        self._accounts: list[Account] = []
        self._index: dict[bytes, int] = {}
        self._meters: set[bytes] = set()
        self._changed: set[int] = set()
        for account in accounts:
            self.enrol(account)
        self._changed.clear()

    def __len__(self) -> int:
        return len(self._accounts)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts)

    def __getitem__(self, index: int) -> Account:
        return self._accounts[index]

    def enrol(self, account: Account) -> int:
        """Append an account; its index.

        Raises:
            Rejected: `ACCOUNT-1`, when its account key or its meter key is in use.
        """
        self.check_new(account.account, account.meter)
        index = len(self._accounts)
        self._accounts.append(account)
        self._index[account.account] = index
        self._meters.add(account.meter)
        self._changed.add(index)
        return index

    def check_new(self, account: bytes, meter: bytes) -> None:
        """Whether both keys are free.

        Raises:
            Rejected: `ACCOUNT-1`, when one is in use.
        """
        if account in self._index:
            raise Rejected("ACCOUNT-1", f"account {account.hex()[:16]} is enrolled already")
        if meter in self._meters:
            raise Rejected("ACCOUNT-1", f"meter {meter.hex()[:16]} belongs to another account")

    def index_of(self, account: bytes) -> int:
        """The index of an account key.

        Raises:
            Rejected: `ACCOUNT-1`, when it is not enrolled.
        """
        index = self._index.get(account)
        if index is None:
            raise Rejected("ACCOUNT-1", f"account {account.hex()[:16]} is not enrolled")
        return index

    def absorb(self, index: int, account: Account) -> None:
        """Put an account as another replica has it.

        Raises:
            Rejected: `ACCOUNT-1`, when it is a new one whose keys are in use.
            IndexError: it leaves a hole.
        """
        if index == len(self._accounts):
            self.enrol(account)
        else:
            self._accounts[index] = account

    def replace(self, index: int, account: Account) -> None:
        """Put the account's new state."""
        self._accounts[index] = account
        self._changed.add(index)

    @property
    def changed(self) -> bool:
        """Whether any account was touched since the last `changes`."""
        return bool(self._changed)

    def changes(self) -> list[tuple[int, bytes]]:
        """The leaves (index, encoding) changed since the last call."""
        changed = sorted(self._changed)
        self._changed.clear()
        return [(index, self._accounts[index].encode()) for index in changed]
