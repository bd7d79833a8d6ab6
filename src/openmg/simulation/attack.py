"""Homes that try to rig the market, and what it brings them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openmg.errors import BadInput
from openmg.market import Ladder
from openmg.simulation.resale import Hoard, OwnUse, Resale
from openmg.simulation.run import Conduct, Honest
from openmg.simulation.street import Street
from openmg.simulation.wishes import Integers, Wishes
from openmg.units import Price

Members = NDArray[np.bool_]
SELLERS, BUYERS = "sellers", "buyers"
_FIFTH: Final = 5


@dataclass(frozen=True)
class Attack:
    """Who attacks (`sellers` or `buyers`), which share of them (above 0, at most 1), and how.

    Raises:
        BadInput: no such side or way, a share that is none, or a way that the side does not have.
    """

    who: str
    share: float
    how: str

    def __post_init__(self) -> None:
        if self.who not in (SELLERS, BUYERS):
            raise BadInput(f"--who {self.who}: {SELLERS} or {BUYERS} was expected")
        if not 0 < self.share <= 1:
            raise BadInput(f"--share {self.share:g}: a share above 0 and up to 1 was expected")
        if self.how not in WAYS:
            raise BadInput(f"--how {self.how}: one of {', '.join(WAYS)} was expected")
        if self.who not in WAYS[self.how].sides:
            raise BadInput(f"--how {self.how}: {self.who} cannot; {' or '.join(WAYS[self.how].sides)} can")


def members_of(attack: Attack, street: Street, seed: int) -> Members:
    """The homes that attack together, drawn by `seed`: sellers of those that export anything, buyers of all homes.

    Raises:
        BadInput: there is nobody on that side.
    """
    side = np.flatnonzero(street.sellers) if attack.who == SELLERS else np.arange(street.homes)
    if not len(side):
        raise BadInput(f"--who {attack.who}: no home of the community exports anything")
    count = max(1, round(attack.share * len(side)))
    drawn = np.random.default_rng(seed).choice(side, count, replace=False)
    members = np.zeros(street.homes, dtype=np.bool_)
    members[drawn] = True
    return members


class Withhold(Honest):
    """Offers or asks for half of what the meter counted; the rest stays with the utility."""

    def __init__(self, members: Members) -> None:
        self._members = members

    def say(self, wishes: Wishes) -> Wishes:
        """Half, rounded down."""

        def halved(energy: Integers) -> Integers:
            return np.where(self._members, energy // 2, energy)

        return replace(wishes, buy=halved(wishes.buy), sell=halved(wishes.sell))


class Overask(Honest):
    """Asks at least a price, however little the energy would earn otherwise."""

    def __init__(self, members: Members, asked: Price) -> None:
        self._members, self._asked = members, int(asked)

    def say(self, wishes: Wishes) -> Wishes:
        """Never less than the own cost."""
        return replace(wishes, cost=np.where(self._members, np.maximum(wishes.cost, self._asked), wishes.cost))


class Shade(Honest):
    """Bids a fifth less than the energy is worth."""

    def __init__(self, members: Members) -> None:
        self._members = members

    def say(self, wishes: Wishes) -> Wishes:
        """Rounded up."""
        return replace(wishes, value=np.where(self._members, wishes.value - wishes.value // _FIFTH, wishes.value))


class Wash(Honest):
    """Sellers whose friends buy at any price: money goes in a circle, and the price that others pay goes up."""

    def __init__(self, friends: Members, top: Price) -> None:
        self._friends, self._top = friends, top

    def say(self, wishes: Wishes) -> Wishes:
        """The friends take every rung."""
        return replace(wishes, value=np.where(self._friends, self._top, wishes.value))


@dataclass(frozen=True)
class Plot:
    """An attack on a street: who gains together, what they do, and what they do in the run without the attack."""

    members: Members
    conduct: Callable[[], Conduct]
    otherwise: Callable[[], Conduct]


@dataclass(frozen=True)
class Stage:
    """What a way of attacking may use."""

    street: Street
    members: Members
    ladder: Ladder
    seed: int


@dataclass(frozen=True)
class Way:
    """One way, the sides that have it, and a sentence."""

    sides: tuple[str, ...]
    plan: Callable[[Stage], Plot]
    says_en: str
    says_ko: str


def plot_of(attack: Attack, street: Street, ladder: Ladder, seed: int) -> Plot:
    """What the attack is on this street and ladder."""
    return WAYS[attack.how].plan(Stage(street, members_of(attack, street, seed), ladder, seed))


def _wash(stage: Stage) -> Plot:
    """As many friends as there are sellers, drawn among the other homes."""
    others = np.flatnonzero(~stage.members)
    if not len(others):
        raise BadInput("--how wash: nobody is left to buy from the attackers; a smaller --share was expected")
    count = min(int(stage.members.sum()), len(others))
    friends = np.zeros_like(stage.members)
    friends[np.random.default_rng(stage.seed + 1).choice(others, count, replace=False)] = True
    return Plot(stage.members | friends, lambda: Wash(friends, stage.ladder.top), Honest)


def _resell(stage: Stage) -> Plot:
    """Home batteries that trade instead of serving their own home."""
    hoard = Hoard.of(stage.members, stage.street.calendar)
    return Plot(stage.members, lambda: Resale(hoard), lambda: OwnUse(hoard))


WAYS: Final[Mapping[str, Way]] = {
    "withhold": Way(
        (SELLERS, BUYERS),
        lambda stage: Plot(stage.members, lambda: Withhold(stage.members), Honest),
        "keep half of their energy off the market",
        "전력의 절반을 시장에 내놓지 않음",
    ),
    "overask": Way(
        (SELLERS,),
        lambda stage: Plot(stage.members, lambda: Overask(stage.members, stage.ladder.middle), Honest),
        "ask at least the middle of the ladder",
        "가격 사다리의 중간값 이상을 요구함",
    ),
    "shade": Way(
        (BUYERS,),
        lambda stage: Plot(stage.members, lambda: Shade(stage.members), Honest),
        "bid a fifth less than it is worth to them",
        "자기에게 값어치 있는 것보다 5분의 1 덜 부름",
    ),
    "wash": Way(
        (SELLERS,),
        _wash,
        "have friends buy at any price",
        "아는 집이 어떤 값에든 사게 함",
    ),
    "resell": Way(
        (SELLERS, BUYERS),
        _resell,
        "buy low and sell high with a home battery",
        "가정용 배터리로 싸게 사서 비싸게 팖",
    ),
}
