"""`openmg wallet`: what only the owner sees."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from openmg.chains import Block, Outcome, RelayChain
from openmg.cli.folders import find_folder
from openmg.cli.output import console, print_facts, print_json
from openmg.engine import LocalEngine, replay
from openmg.errors import BadInput, Corrupt
from openmg.home.wallet import Wallet
from openmg.home.wallet_file import WalletFile

app = typer.Typer(help="What only the owner sees.", no_args_is_help=True)

_WON = 65_536_000_000
_KWH = 65_536_000


@app.callback()
def wallet() -> None:
    """What only the owner sees."""


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="The home, such as home-01.")],
    folder: Annotated[
        Path | None, typer.Option("--dir", help="A folder that `openmg demo` made; the newest here.")
    ] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="A file with the wallet's passphrase; by default the demo's own.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Open a home's wallet: its balance and what it bought, sold and paid in each slot.

    Example: openmg wallet show home-01
    """
    demo = find_folder(folder)
    file = WalletFile.open(demo.wallet(name), _passphrase(passphrase_file) or demo.passphrase())
    file.close()
    engine = LocalEngine.open(demo.chain, RelayChain)
    engine.close()
    genesis, own = engine.chain.genesis, file.wallet
    _catch_up(own, demo.chain, engine.chain.height)
    balance = own.balance(genesis)
    if as_json:
        print_json(_plain(own, balance))
        return
    print_facts(
        f"{name}: what only its owner sees",
        {
            "account": own.account.hex(),
            "balance": f"{balance / _WON:,.2f} KRW (of which spendable now {own.available.value / _WON:,.2f})",
            "as of block": own.height,
        },
    )
    table = Table(box=None, header_style="dim")
    for column in ("hour", "import kWh", "export kWh", "bought kWh", "sold kWh", "price KRW/kWh", "paid KRW"):
        table.add_column(column, justify="right")
    for trade in own.trades:
        table.add_row(
            f"{genesis.hour_of(trade.slot):02}:00",
            f"{trade.imported / 1000:.3f}",
            f"{trade.exported / 1000:.3f}",
            f"{trade.bought / _KWH:.3f}",
            f"{trade.sold / _KWH:.3f}",
            f"{trade.price / 1000:.3f}",
            f"{trade.paid / _WON:.2f}",
        )
    console.print(table)


def _catch_up(own: Wallet, path: Path, height: int) -> None:
    """A demo saves its wallets at the end of the day; after a stop they learn the rest from the chain."""
    if own.height > height:
        raise Corrupt(f"{path}: ends at block {height}, but the wallet has followed it to block {own.height}")

    def follow(block: Block, outcome: Outcome, chain: RelayChain) -> None:
        if block.height > own.height:
            own.follow(block, outcome, chain)

    if own.height < height:
        replay(path, RelayChain, follow)


def _passphrase(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read as a passphrase") from error


def _plain(own: Wallet, balance: int) -> dict[str, object]:
    return {
        "account": own.account.hex(),
        "balance_ukrw_65536": balance,
        "spendable_ukrw_65536": own.available.value,
        "height": own.height,
        "trades": [
            {
                "slot": trade.slot,
                "import_wh": trade.imported,
                "export_wh": trade.exported,
                "bought_wh_65536": trade.bought,
                "sold_wh_65536": trade.sold,
                "price_ukrw_per_wh": trade.price,
                "paid_ukrw_65536": trade.paid,
            }
            for trade in own.trades
        ],
    }
