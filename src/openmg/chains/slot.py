"""One market interval on the chain: its gate, its sums, its openings, its result (SLOT)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from openmg.chains.board import Board, read_flag
from openmg.crypto import SlotSums
from openmg.encoding import Reader, Writer
from openmg.errors import BadInput, Malformed
from openmg.market import BatteryReading, Clearing, Functional, Kind
from openmg.units import LedgerWattHours, Price, Slot, WattHours, Weight

NO_EPOCH: Final = 2**32 - 1
_KINDS: Final = tuple(Kind)


class Phase(IntEnum):
    """Where a slot stands."""

    RUNNING = 0
    OPEN = 1
    CLOSED = 2
    SETTLED = 3
    VOID = 4


@dataclass(frozen=True)
class Gate:
    """When reports were taken: height and time of the opening block and of the closing one (0 before)."""

    opened_height: int = 0
    opened_time: int = 0
    closed_height: int = 0
    closed_time: int = 0
    proposers: int = 0
    """Bit set of the proposers that made blocks with room to spare while it was open (SLOT-3)."""


@dataclass(frozen=True)
class SlotState:
    """All that the chain knows of one slot.

    `cohort`: accepted reports; `counted`: those of aged and approved accounts, and `quorum`: how many KEY-5 asks for,
    both fixed at closure.
    `missing_battery`: the pool takes no part, because its reading did not come in time (SLOT-4).
    """

    slot: Slot
    epoch: int
    phase: Phase
    gate: Gate
    sums: SlotSums
    cohort: int = 0
    counted: int = 0
    quorum: int = 0
    battery: BatteryReading | None = None
    missing_battery: bool = False
    reference: Price = Price(0)
    board: Board = Board()
    clearing: Clearing | None = None
    final_height: int = 0
    final_time: int = 0

    @property
    def final(self) -> bool:
        """Settled or void."""
        return self.phase in {Phase.SETTLED, Phase.VOID}

    @property
    def opened(self) -> dict[Functional, int]:
        """The opened sums in Wh, by functional."""
        return {functional_of(name): value for name, value in self.board.opened}

    def encode(self) -> bytes:
        """The slot's leaf (WIRE-12)."""
        writer = Writer().integer(self.slot, 8).integer(self.epoch, 4).integer(self.phase, 1)
        gate = self.gate
        for number in (gate.opened_height, gate.opened_time, gate.closed_height, gate.closed_time, gate.proposers):
            writer.integer(number, 8)
        writer.integer(self.sums.rungs, 1).fixed(self.sums.data, 64 * (2 * self.sums.rungs + 2))
        writer.integer(self.cohort, 4).integer(self.counted, 4).integer(self.quorum, 4)
        writer.integer(int(self.battery is not None), 1)
        if self.battery is not None:
            reading = self.battery
            for quantity in (reading.discharged, reading.charged, reading.stored_start, reading.stored_end):
                writer.integer(quantity, 4)
        writer.integer(int(self.missing_battery), 1).integer(self.reference, 8)
        self.board.write(writer)
        writer.integer(int(self.clearing is not None), 1)
        if self.clearing is not None:
            _write_clearing(writer, self.clearing)
        return writer.integer(self.final_height, 8).integer(self.final_time, 8).done()

    @classmethod
    def decode(cls, data: bytes) -> SlotState:
        """Inverse of `encode`.

        Raises:
            Malformed: not one canonical encoding.
        """
        reader = Reader(data, "slot")
        try:
            state = cls(
                slot=Slot(reader.integer(8)),
                epoch=reader.integer(4),
                phase=Phase(reader.integer(1)),
                gate=Gate(*(reader.integer(8) for _ in range(5))),
                sums=_read_sums(reader),
                cohort=reader.integer(4),
                counted=reader.integer(4),
                quorum=reader.integer(4),
                battery=_read_battery(reader) if read_flag(reader) else None,
                missing_battery=read_flag(reader),
                reference=Price(reader.integer(8)),
                board=Board.read(reader),
                clearing=_read_clearing(reader) if read_flag(reader) else None,
                final_height=reader.integer(8),
                final_time=reader.integer(8),
            )
        except (ValueError, BadInput) as error:
            raise Malformed(f"slot: {error}") from error
        reader.end()
        return state


def functional_name(functional: Functional) -> bytes:
    """Two bytes: kind and rung (WIRE-9)."""
    return functional.kind.encode("ascii") + bytes([functional.rung])


def functional_of(name: bytes) -> Functional:
    """Inverse of `functional_name`.

    Raises:
        Malformed: no functional of a slot.
    """
    if name[:1] == b"D":
        return Functional("D", name[1])
    if name[:1] == b"B":
        return Functional("B", name[1])
    raise Malformed(f"functional {name.hex()}: D or B was expected")


def _read_sums(reader: Reader) -> SlotSums:
    rungs = reader.integer(1)
    return SlotSums(rungs, reader.fixed(64 * (2 * rungs + 2)))


def _read_battery(reader: Reader) -> BatteryReading:
    return BatteryReading(*(WattHours(reader.integer(4)) for _ in range(4)))


def _write_clearing(writer: Writer, clearing: Clearing) -> None:
    writer.integer(clearing.price, 8).integer(_KINDS.index(clearing.kind), 1).integer(clearing.rung, 1)
    for weights in (clearing.buy_weights, clearing.sell_weights):
        writer.integer(len(weights), 1)
        for rung, weight in weights:
            writer.integer(rung, 1).integer(weight, 4)
    for number in (clearing.net, clearing.pool_flow, clearing.residue, clearing.supply, clearing.net_demand):
        writer.signed(number, 16)


def _read_clearing(reader: Reader) -> Clearing:
    price, kind, rung = Price(reader.integer(8)), reader.integer(1), reader.integer(1)
    if kind >= len(_KINDS):
        raise Malformed(f"slot: clearing of kind {kind}")
    buy, sell = (
        tuple((reader.integer(1), Weight(reader.integer(4))) for _ in range(reader.integer(1))) for _ in range(2)
    )
    net, flow, residue = (LedgerWattHours(reader.signed(16)) for _ in range(3))
    supply, net_demand = (WattHours(reader.signed(16)) for _ in range(2))
    return Clearing(price, _KINDS[kind], rung, buy, sell, net, flow, residue, supply, net_demand)
