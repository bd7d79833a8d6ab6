"""The Rust core against the slow reference on masks, and what must hold of any masks (WIRE-16)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openmg import crypto
from openmg.crypto import HiddenVector
from openmg.errors import Rejected
from openmg.learning.committee import subsets_of
from tests.reference import group, masks, sealed
from tests.reference.group import P
from tests.reference.hashing import Dice
from tests.reference.round import WORDS, Round
from tests.unit.crypto.cases import Case, cases, expected, joined, raw, title

Clients = list[tuple[bytes, bytes]]


def place_of(case: Case) -> tuple[bytes, int, bytes]:
    return raw(case["task"]), case["round"], raw(case["account"])


def keys_of(case: Case) -> list[bytes | None]:
    return [key and raw(key) for key in case["keys"]]


def vector_of(case: Case) -> HiddenVector:
    boxes = tuple(map(raw, case["boxes"]))
    return HiddenVector(raw(case["y"]), joined(case["commitments"]), boxes, raw(case["proof"]))


def bits(numbers: Sequence[int]) -> int:
    return sum(1 << number for number in numbers)


def ends_as_it_should(case: Case, attempt: Callable[[], object]) -> None:
    if case["accept"]:
        attempt()
        return
    with pytest.raises(Rejected) as rejected:
        attempt()
    assert rejected.value.clause == expected(case)


# --- the vectors


@pytest.mark.parametrize("case", cases("masks", "expand"), ids=title)
def test_expansion(case: Case) -> None:
    assert crypto.expand_masks(raw(case["seed"]), raw(case["context"]), case["count"]) == raw(case["mask"])


@pytest.mark.parametrize("case", cases("masks", "hide"), ids=title)
def test_hiding(case: Case) -> None:
    given = (*place_of(case), raw(case["packed"]), case["m"], keys_of(case), raw(case["seed"]))
    made = crypto.hide(*given)
    assert made == vector_of(case)
    crypto.check_hidden(*place_of(case), case["m"], keys_of(case), made)
    decoded = [key if key is None else group.decode(key) for key in keys_of(case)]
    as_read = masks.Hidden(made.y, masks_of(made), made.boxes, made.proof)
    masks.check(masks.Place(*place_of(case)), case["m"], decoded, as_read)


def masks_of(made: HiddenVector) -> tuple[bytes, ...]:
    """The commitments one by one."""
    return tuple(made.commitments[at : at + 32] for at in range(0, len(made.commitments), 32))


@pytest.mark.parametrize("case", cases("masks", "hidden"), ids=title)
def test_what_everybody_sees(case: Case) -> None:
    given = (*place_of(case), case["m"], keys_of(case), vector_of(case))
    ends_as_it_should(case, lambda: crypto.check_hidden(*given))


@pytest.mark.parametrize("case", cases("masks", "box"), ids=title)
def test_opening_seeds_and_complaints(case: Case) -> None:
    holder, box, points = case["holder"], raw(case["box"]), joined(case["commitments"])
    secret, key = raw(case["secrets"][holder - 1]), raw(case["keys"][holder - 1])
    opening = (secret, *place_of(case), holder, case["m"], box)
    ends_as_it_should(case, lambda: crypto.open_seeds(*opening))
    if case["accept"]:
        seeds = crypto.open_seeds(*opening)
        assert seeds == raw(case["seeds"])
        client = (raw(case["account"]), seeds, points)
        wrong = crypto.check_seeds(holder, case["m"], [client], *place_of(case)[:2], WORDS)
        assert wrong == ([0] if case["guilty"] else [])
    complaint = crypto.complain_seeds(secret, *place_of(case), holder, box)
    for said in (raw(case["complaint"]), complaint):
        where = (key, *place_of(case), holder, case["m"])
        guilty = crypto.judge_seeds(*where, box=box, commitments=points, complaint=said, count=WORDS)
        assert guilty == case["guilty"]
    by_reference = masks.judge(
        masks.Place(*place_of(case)),
        case["m"],
        holder,
        group.decode(key),
        box,
        tuple(map(raw, case["commitments"])),
        complaint,
        WORDS,
    )
    assert by_reference == case["guilty"]


@pytest.mark.parametrize("case", cases("masks", "complaint"), ids=title)
def test_complaints_that_say_nothing(case: Case) -> None:
    where = (raw(case["keys"][case["holder"] - 1]), *place_of(case), case["holder"], case["m"])
    box, points, complaint = raw(case["box"]), joined(case["commitments"]), raw(case["complaint"])
    wanted = Rejected if len(complaint) == 128 else ValueError  # a length that the transaction's decoder has to know
    with pytest.raises(wanted, match=r"LEARN-3|128"):
        crypto.judge_seeds(*where, box=box, commitments=points, complaint=complaint, count=WORDS)


@pytest.mark.parametrize("case", cases("masks", "sum"), ids=title)
def test_sums(case: Case) -> None:
    chosen = bits(case["chosen"])
    points = [joined(made) for made in case["points"]]
    given = (raw(case["M"]), raw(case["R"]), points, chosen, case["m"])
    ends_as_it_should(case, lambda: crypto.check_mask_sum(*given))
    if case["accept"]:
        clients = [(raw(account), raw(seeds)) for account, seeds in case["clients"]][: len(points)]
        made = crypto.sum_masks(*place_of(case)[:2], clients, 2, case["m"], chosen, WORDS)
        assert made == given[:2]


# --- what must hold of any masks


@pytest.mark.parametrize("m", [1, 4, 7])
def test_subsets_are_numbered_as_the_rules_of_learning_do(m: int) -> None:
    assert [tuple(holder + 1 for holder in members) for members in subsets_of(m)] == masks.subsets(m)


class Homes:
    """Homes that hid what they want to say, and the holders' secrets."""

    def __init__(self, m: int, packed: Sequence[Sequence[int]]) -> None:
        dice = Dice(f"homes of {m}")
        self.m, self.count, self.task = m, len(packed[0]), dice.bytes()
        self.secrets = [crypto.random_scalar() for _ in range(m)]
        self.keys = [crypto.public_point(secret) for secret in self.secrets]
        self.accounts = [dice.bytes() for _ in packed]
        self.hidden = [
            crypto.hide(self.task, 1, account, masks.joined(words, 20), m, self.keys, dice.bytes())
            for account, words in zip(self.accounts, packed, strict=True)
        ]
        for account, hidden in zip(self.accounts, self.hidden, strict=True):
            crypto.check_hidden(self.task, 1, account, m, self.keys, hidden)

    def opened(self, holder: int) -> Clients:
        secret = self.secrets[holder - 1]
        return [
            (account, crypto.open_seeds(secret, self.task, 1, account, holder, self.m, hidden.boxes[holder - 1]))
            for account, hidden in zip(self.accounts, self.hidden, strict=True)
        ]

    def checked(self, holder: int, clients: Clients, points: Sequence[bytes]) -> list[int]:
        seen = [(account, seeds, said) for (account, seeds), said in zip(clients, points, strict=True)]
        return crypto.check_seeds(holder, self.m, seen, self.task, 1, self.count)

    @property
    def points(self) -> list[bytes]:
        return [hidden.commitments for hidden in self.hidden]


WORD = st.one_of(st.integers(0, 2**160 - 1), st.sampled_from([0, 2**160 - 1]))


@given(m=st.sampled_from([1, 4, 7]), packed=st.lists(st.tuples(WORD, WORD, WORD), min_size=1, max_size=4))
@settings(max_examples=25)
def test_what_is_left_without_the_masks_is_the_sum(m: int, packed: list[tuple[int, ...]]) -> None:
    homes = Homes(m, packed)
    left = [sum(column) for column in zip(*(masks.integers(hidden.y, 30) for hidden in homes.hidden), strict=True)]
    taken = 0
    for holder in range(1, m + 1):
        chosen = bits(masks.held_by(m, holder)) & ~taken
        if not chosen:
            continue
        clients = homes.opened(holder)
        assert homes.checked(holder, clients, homes.points) == []
        M, R = crypto.sum_masks(homes.task, 1, clients, holder, m, chosen, homes.count)
        crypto.check_mask_sum(M, R, homes.points, chosen, m)
        left = [value - mask for value, mask in zip(left, masks.integers(M, 31), strict=True)]
        taken |= chosen
    assert taken == (1 << len(masks.subsets(m))) - 1
    assert left == [sum(column) for column in zip(*packed, strict=True)]


@given(guilty=st.sets(st.integers(0, 12)), data=st.data())
@settings(max_examples=15)
def test_a_batch_names_exactly_the_guilty(guilty: set[int], data: st.DataObject) -> None:
    homes = Homes(4, [(n, n) for n in range(13)])
    clients, points = homes.opened(2), homes.points
    for position in guilty:
        account, seeds = clients[position]
        at = data.draw(st.integers(0, len(seeds) - 1))
        broken = seeds[:at] + bytes([seeds[at] ^ 1]) + seeds[at + 1 :]
        clients[position] = (account, data.draw(st.sampled_from([broken, seeds[:-1], seeds[:-32], b""])))
    assert homes.checked(2, clients, points) == sorted(guilty)


def test_two_wrongs_in_a_batch_do_not_cancel() -> None:
    homes = Homes(4, [(1, 2), (3, 4), (5, 6)])
    clients, points = homes.opened(1), homes.points
    swapped = [points[1][:32] + points[0][32:], points[0][:32] + points[1][32:], points[2]]
    assert homes.checked(1, clients, swapped) == [0, 1]
    first, second = (group.decode(said[:32]) for said in points[:2])
    moved = [(first + 5 * P).encode() + points[0][32:], (second - 5 * P).encode() + points[1][32:], points[2]]
    assert homes.checked(1, clients, moved) == [0, 1]
    bad = [bytes(32) + points[0][32:], points[1], points[2][:-32]]
    assert homes.checked(1, clients, bad) == [0, 2]
    # Subset 3 is {2, 3}: its commitment is none of holder 1's business.
    assert homes.checked(1, clients, [points[0][:96] + bytes(32) + points[0][128:], *points[1:]]) == []


def test_the_same_seed_repeats_itself_and_never_repeats_a_mask() -> None:
    room = Round(4)
    place = room.places[0]
    keys = [room.key(holder).encode() for holder in range(1, 5)]
    given = (place.task, place.round_, place.account, room.packed[0], 4, keys, bytes(32))
    made = crypto.hide(*given)
    assert made == crypto.hide(*given)
    for at, other in ((1, 10), (2, bytes(32)), (3, bytes(60)), (6, b"\x01" * 32)):
        changed = list(given)
        changed[at] = other
        another = crypto.hide(*changed)  # type: ignore[arg-type]  # one of seven arguments, of its own type
        taken = set(masks_of(made)) | {box[:32] for box in made.boxes} | {made.proof[:32]}
        assert not taken & ({*masks_of(another), another.proof[:32]} | {box[:32] for box in another.boxes})


def test_a_stolen_box_would_open_were_it_accepted() -> None:
    room = Round(4)
    thief, victim = room.reboxed(2, room.hidden[1].boxes[1], 0), room.places[1]
    keys = [room.key(holder).encode() for holder in range(1, 5)]
    place, secret = room.places[0], group.encode_scalar(room.secrets[1])
    said = crypto.complain_seeds(secret, place.task, place.round_, place.account, 2, thief.boxes[1])
    shown = group.decode(said[:32])
    stolen = sealed.unseal_with(room.key(2), shown, victim.aad(2), room.hidden[1].boxes[1])
    assert stolen == b"".join(room.opened(1, 2)), "what the proof of the boxes keeps from happening"
    hidden = HiddenVector(thief.y, b"".join(thief.commitments), thief.boxes, thief.proof)
    with pytest.raises(Rejected, match="LEARN-2"):
        crypto.check_hidden(place.task, place.round_, place.account, 4, keys, hidden)


def test_arguments_that_do_not_fit() -> None:
    room = Round(4)
    place, made = room.places[0], room.hidden[0]
    keys: list[bytes | None] = [room.key(holder).encode() for holder in range(1, 5)]
    where = (place.task, place.round_, place.account)
    hidden = HiddenVector(made.y, b"".join(made.commitments), made.boxes, made.proof)
    for packed in (b"", bytes(19), bytes(21)):
        with pytest.raises(Rejected, match="LEARN-1"):
            crypto.hide(*where, packed, 4, keys, bytes(32))
    for wrong in (keys[:3], [*keys, None], [bytes(32), *keys[1:]], [b"\xff" * 32, *keys[1:]]):
        with pytest.raises(Rejected, match="LEARN-1"):
            crypto.hide(*where, bytes(20), 4, wrong, bytes(32))
        with pytest.raises(Rejected, match="LEARN-1"):
            crypto.check_hidden(*where, 4, wrong, hidden)
    for committee in (0, 2, 5, 8):
        with pytest.raises(Rejected, match="LEARN-0"):
            crypto.hide(*where, bytes(20), committee, keys, bytes(32))
    with pytest.raises(ValueError, match="32"):
        crypto.hide(place.task[1:], *where[1:], bytes(20), 4, keys, bytes(32))
    with pytest.raises(ValueError, match="32"):
        crypto.hide(*where, bytes(20), 4, keys, bytes(31))
    with pytest.raises(ValueError, match="64"):
        crypto.check_hidden(*where, 4, keys, replace(hidden, proof=bytes(63)))
    with pytest.raises(Rejected, match="LEARN-1"):
        crypto.open_seeds(bytes(32), *where, 5, 4, made.boxes[0])


def test_sums_that_no_holder_may_give() -> None:
    homes = Homes(4, [(1, 2), (3, 4)])
    clients = homes.opened(2)
    for subsets in (0, 1 << 1, 1 << 6, 1 << 63, 0b111111):
        with pytest.raises(Rejected, match="LEARN-4"):
            crypto.sum_masks(homes.task, 1, clients, 2, 4, subsets, 2)
    short = [(clients[0][0], clients[0][1][:-1]), clients[1]]
    with pytest.raises(Rejected, match="LEARN-4"):
        crypto.sum_masks(homes.task, 1, short, 2, 4, 1, 2)
    for subsets in (0, 1 << 6):
        with pytest.raises(Rejected, match="LEARN-4"):
            crypto.check_mask_sum(bytes(62), bytes(32), homes.points, subsets, 4)
    with pytest.raises(Rejected, match="LEARN-4"):
        crypto.check_mask_sum(bytes(62), bytes(32), [b""], 1, 4)
