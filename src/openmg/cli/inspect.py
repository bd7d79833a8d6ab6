"""`openmg inspect`: what anyone can see of a chain, with its proof against the state root."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from openmg.chains import RelayChain
from openmg.chains.slot import SlotState
from openmg.cli.folders import find_folder
from openmg.cli.output import print_facts, print_json
from openmg.engine import LocalEngine
from openmg.errors import BadInput
from openmg.ledger import Account
from openmg.lightclient import verify_state

app = typer.Typer(help="What anyone can see of a chain.", no_args_is_help=True)

Folder = Annotated[Path | None, typer.Option("--dir", help="A folder that `openmg demo` made; the newest here.")]
Json = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.command()
def slot(
    number: Annotated[int, typer.Argument(help="Hour of the day (0 to 23), or a slot's index since 1970.")],
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Show one slot: its gate, its opened sums, its result, its encrypted totals.

    Example: openmg inspect slot 12
    """
    chain = _chain(folder)
    first = chain.genesis.first_slot
    state = chain.state.slot(number if number >= first else first + number)
    if state is None:
        count = len(chain.state.slots)
        if not count:
            raise BadInput(f"slot {number}: the chain has no slots yet")
        raise BadInput(f"slot {number}: the chain has slots 0 to {count - 1} (or {first} to {first + count - 1})")
    _check_proof(chain, "slots", state.slot - first)
    facts = _slot_facts(chain, state)
    print_json(facts) if as_json else print_facts(f"Slot {state.slot}: what everyone can see", facts)


@app.command()
def account(
    name: Annotated[str, typer.Argument(help="The account's key in hexadecimal, or the start of it.")],
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Show the public view of one account: commitments and counters, no amount.

    Example: openmg inspect account 3fa9
    """
    chain = _chain(folder)
    registry = chain.state.registry
    found = [index for index, each in enumerate(registry) if each.account.hex().startswith(name.lower())]
    if not len(registry):
        raise BadInput(f"account {name}: the chain has no accounts yet")
    if len(found) != 1:
        starts = ", ".join(each.account.hex()[:8] for each in registry)
        raise BadInput(f"account {name}: {len(found)} of {len(registry)} accounts start so; there are {starts}")
    _check_proof(chain, "accounts", found[0])
    facts = _account_facts(chain, registry[found[0]], found[0])
    print_json(facts) if as_json else print_facts("Account: what everyone can see", facts)


def _chain(folder: Path | None) -> RelayChain:
    engine = LocalEngine.open(find_folder(folder).chain, RelayChain)
    engine.close()
    return engine.chain


def _check_proof(chain: RelayChain, tree: str, index: int) -> None:
    data, within, leaf, top = chain.state.prove(tree, index)
    verify_state(tree, data, within, leaf[-32:], top, chain.root)


def _slot_facts(chain: RelayChain, state: SlotState) -> dict[str, object]:
    gate, clearing, battery = state.gate, state.clearing, state.battery
    facts: dict[str, object] = {
        "state": state.phase.name.lower(),
        "hour": f"{chain.genesis.hour_of(state.slot):02}:00",
        "reports": state.cohort,
        "reports that count": f"{state.counted}, {state.quorum} needed (KEY-5)",
        "gate": f"blocks {gate.opened_height} to {gate.closed_height}",
        "opened sums": ", ".join(f"{name} = {value} Wh" for name, value in state.opened.items()) or "none",
    }
    if clearing is not None:
        facts |= {
            "price": f"{clearing.price / 1000:.3f} KRW/kWh ({clearing.kind.value})",
            "reference price": f"{state.reference / 1000:.3f} KRW/kWh",
            "buyers filled": _weights(clearing.buy_weights),
            "sellers filled": _weights(clearing.sell_weights),
            "pool sold": f"{clearing.pool_flow / 65_536_000:.3f} kWh",
        }
    if battery is not None:
        facts["battery"] = (
            f"{battery.discharged} Wh out, {battery.charged} Wh in, "
            f"{battery.stored_start} → {battery.stored_end} Wh stored"
        )
    facts |= {
        "encrypted import": state.sums.imported().hex(),
        "encrypted export": state.sums.exported().hex(),
        "proved against root": chain.root.hex(),
    }
    return facts


def _account_facts(chain: RelayChain, account: Account, index: int) -> dict[str, object]:
    month = chain.genesis.month_of(chain.genesis.first_slot)
    sums = chain.state.accumulators(month, index)
    return {
        "account": account.account.hex(),
        "meter": account.meter.hex(),
        "approvals": f"{account.approvals.bit_count()} of {len(chain.genesis.authorities)} authorities",
        "reports accepted": account.version,
        "spendable balance": account.available.hex(),
        "credits": account.latest_credit.hex(),
        "collateral of open slots": len(account.locked),
        "month's import": sums.imported.hex(),
        "month's export": sums.exported.hex(),
        "month's bought": sums.bought.hex(),
        "month's sold": sums.sold.hex(),
        "month's cost": sums.cost.hex(),
        "proved against root": chain.root.hex(),
    }


def _weights(weights: tuple[tuple[int, int], ...]) -> str:
    return ", ".join(f"{weight / 65536:.4f} of rung {rung}" for rung, weight in weights) or "nothing"
