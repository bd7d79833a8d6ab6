"""The same day on the embedded engine: prices and balances must be the same, to the last unit."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from openmg.chains.transactions import Battery
from openmg.demo.checks import Failed
from openmg.demo.day import Day
from openmg.demo.folder import DemoFolder
from openmg.market import PoolParameters
from openmg.storage import ChainFile
from openmg.units import Slot

if TYPE_CHECKING:
    from openmg.demo.network_day import NetworkDay

OwnCheck = tuple[str, str, Callable[[], tuple[str, str]]]
"""English name, Korean name, and the check with its two sentences."""


class Twin(Day):
    """The embedded engine's day with the battery's readings of another one.

    What a battery should do depends on which slots were settled by when (POOL-5): the same readings make two days
    comparable.
    """

    def __init__(self, folder: DemoFolder, held: ExitStack, moves: dict[Slot, Battery]) -> None:
        super().__init__(folder, lambda _what, _done, _total: None, held)
        self._moves = moves

    def _move(self, parameters: PoolParameters, number: Slot) -> Battery:
        return self._moves.get(number) or super()._move(parameters, number)


def same_on_embedded(day: NetworkDay) -> OwnCheck:
    """The check that the embedded engine gives the same day."""

    def check() -> tuple[str, str]:
        with tempfile.TemporaryDirectory() as name, ExitStack() as held:
            twin = Twin(DemoFolder.create(Path(name) / "twin", day.scenario), held, _moves(day))
            twin.run()
            return _compare(day, twin)

    return "The embedded engine gives the same day", "내장 엔진에서도 같은 하루입니다", check


def same_everywhere(day: NetworkDay) -> OwnCheck:
    """The check that every authority, also those in trouble, has the replica's state at its height."""

    def check() -> tuple[str, str]:
        kept = {stored.height: stored.root for stored in day.engine.file.blocks()}
        heights = []
        for home in day.network.homes:
            with ChainFile.open(home.chain) as file:
                last = file.last()
            if last is None or kept.get(last.height, last.root) != last.root:
                raise Failed(f"{home.root.name} has another state", f"{home.root.name}의 상태가 다릅니다")
            heights.append(last.height)
        shown = ", ".join(str(height) for height in heights)
        return (
            f"the authorities' own states at blocks {shown} are those of the verified chain",
            f"각 기관의 블록 {shown} 상태가 검증된 체인과 같습니다",
        )

    return "All authorities agree", "모든 기관의 상태가 같습니다", check


def _moves(day: Day) -> dict[Slot, Battery]:
    found = {}
    for slot in day.chain.state.slots:
        reading = slot.battery
        if reading is not None:
            found[slot.slot] = Battery(
                slot.slot, reading.discharged, reading.charged, reading.stored_start, reading.stored_end
            )
    return found


def _compare(day: Day, twin: Day) -> tuple[str, str]:
    for number in day.slots:
        here, there = (each.chain.state.slot(number) for each in (day, twin))
        if here is None or there is None or here.clearing != there.clearing:
            raise Failed(f"slot {number} cleared differently", f"슬롯 {number}의 체결이 다릅니다")
    for ours, theirs in zip(day.households, twin.households, strict=True):
        balances = [side.wallet.balance(day.chain.genesis) for side in (ours, theirs)]
        if balances[0] != balances[1] or ours.wallet.trades != theirs.wallet.trades:
            raise Failed(f"{ours.name} differs", f"{ours.name}의 결과가 다릅니다")
    clocks = [each.chain.state.clock for each in (day, twin)]
    if len({(clock.pool_money, clock.rounding, clock.utility, clock.pool_stored) for clock in clocks}) != 1:
        raise Failed("the pool or the public accounts differ", "배터리나 공공 계정이 다릅니다")
    count = len(day.households)
    return (
        f"{len(day.slots)} prices, {count} balances and the pool are the same, to the last unit",
        f"가격 {len(day.slots)}개, 잔액 {count}개, 배터리가 마지막 단위까지 같습니다",
    )
