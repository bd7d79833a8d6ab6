"""`python -m tests.bench`: the market end to end, through Python; `cargo bench` measures the Rust core alone."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from openmg.crypto import (
    DiscreteLog,
    KeyContext,
    Opening,
    Point,
    Statement,
    Witness,
    commit,
    epoch_key,
    public_point,
    random_bytes,
    random_scalar,
    read_meter,
    signing_public,
)
from openmg.crypto.group import GENERATOR
from openmg.home.wallet import Wallet
from openmg.units import ONE, Slot
from tests.bench.stopwatch import console, median_seconds, show
from tests.bench.town import Town

LEVELS = (120_000, 135_000, 151_018, 185_000, 220_000, 257_632, 310_000, 362_105)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="+", default=[14, 1000, 5000])
    chosen = parser.parse_args(arguments)
    bench_reports()
    bench_keys()
    bench_openings()
    bench_slots(chosen.accounts)


def bench_reports() -> None:
    """Proving one report, and verifying in batches; the baseline is one report at a time."""
    chain, key = random_bytes(32), public_point(random_scalar())
    statement = Statement(chain, key, LEVELS, 0)
    wallet, meter = Wallet(random_bytes(32)), random_bytes(32)
    base = Opening(ONE * 10**10, 5)
    reading = read_meter(meter, chain, wallet.account, 7, key, 4000, 0)
    witness = Witness(wallet.seed, wallet.account, Slot(7), 0, Slot(6), 0, base, reading, [4000] * 6 + [0] * 2, [0] * 8)
    report = statement.prove(witness)
    item = (report, base.commitment(key), signing_public(meter))
    prove = median_seconds(lambda: statement.prove(witness), 9)
    single = median_seconds(lambda: statement.verify([item]), 9)
    rows = [["prove, one core", f"{1000 * prove:.1f} ms", "", ""], ["bytes of a report", str(len(report)), "", ""]]
    for count in (1, 16, 64, 256, 1024):
        each = single if count == 1 else median_seconds(partial(statement.verify, [item] * count), 5) / count
        rows.append(
            [f"verify, batch of {count}", f"{1000 * each:.2f} ms", f"{1 / each:,.0f}/s", f"{single / each:.1f}x"]
        )
    show("Reports (both signatures included, all cores)", ["", "each", "rate", "against one by one"], rows)


def bench_keys() -> None:
    """A whole key generation without the chain: n deals, all checks, H and all verification shares."""
    rows = []
    for count in (4, 7, 10):
        seconds = median_seconds(partial(_generate, count), 5)
        rows.append([f"{count} authorities", f"{1000 * seconds:.1f} ms"])
    show("Key generation (everyone's work in one process)", ["", "time"], rows)


def _generate(count: int) -> tuple[Point, tuple[Point, ...]]:
    context = KeyContext(random_bytes(32), 0, 0, count)
    secrets = [random_scalar() for _ in range(count)]
    ephemerals = [public_point(secret) for secret in secrets]
    deals = [context.deal(dealer, ephemerals) for dealer in range(1, count + 1)]
    for dealer, deal in enumerate(deals, start=1):
        context.check_deal(dealer, ephemerals[dealer - 1], deal)
        for recipient, secret in enumerate(secrets, start=1):
            context.open_share(dealer, recipient, secret, deal)
    return epoch_key(count, deals)


def bench_openings() -> None:
    """The discrete logarithm of a sum, for the sizes that slots and days have."""
    table = DiscreteLog(16)
    rows = []
    for name, value in (
        ("a slot of 14 homes", 30_000),
        ("a slot of 5,000 homes", 9_000_000),
        ("a day of 14 homes, bought", 2**32),
    ):
        point = commit(value, 0, GENERATOR)
        seconds = median_seconds(partial(table.solve, point, 4 * value))
        rows.append([name, f"{value:,}", f"{1000 * seconds:.1f} ms"])
    show("Opening a sum", ["", "value", "time"], rows)


def bench_slots(sizes: Sequence[int]) -> None:
    """Gate closure to settlement: closing block, battery, shares of four authorities, openings, settlement, disk."""
    rows = []
    for count in sizes:
        with tempfile.TemporaryDirectory() as folder:
            town = Town(Path(folder), count)
            town.start()
            report = town.report()
            seconds = town.close_and_settle()
            rows.append(
                [
                    f"{count:,}",
                    f"{1000 * report:.2f} ms",
                    f"{seconds:.3f} s",
                    f"{1000 * seconds / count:.3f} ms",
                    str(town.state_bytes()),
                ]
            )
            town.engine.close()
    columns = ["accounts", "verify and take in, each", "gate closed to settled", "per account", "state bytes"]
    show("A slot (four authorities in the same process)", columns, rows)
    console.print("The best published private auction needs 4 min 10 s for 5,000 bids (arXiv 2602.23698).")


if __name__ == "__main__":
    main()
