"""The cases of WIRE-16: masks, hidden vectors, seeds, complaints, sums of masks, noise."""

from collections.abc import Iterator

from tests.reference import Refused, gaussian, masks
from tests.reference.case import Case, case, judged, refusal, refused
from tests.reference.group import encode_scalar
from tests.reference.hashing import Dice
from tests.reference.round import WORDS, BoxCase, HiddenCase, Round, complained, hidden_vectors, sums, unproved


def cases() -> Iterator[Case]:
    """All of them; the committee of four comes first and is what later cases leave out."""
    room = Round(4)
    yield _whole(room, "four holders")
    yield _whole(Round(4, absent=[3]), "three keys of four")
    yield _whole(Round(7), "seven holders")
    yield _whole(Round(1), "one holder")
    for made in hidden_vectors(room):
        yield _hidden(room, made)
    for boxed in (*complained(room), *unproved(room)):
        yield _box(room, boxed)
    yield from _sums(room)
    yield from _expansions()
    yield from _noise()


def _place(place: masks.Place) -> dict[str, object]:
    return {"task": place.task, "round": place.round_, "account": place.account}


def _vector(hidden: masks.Hidden) -> dict[str, object]:
    return {"y": hidden.y, "commitments": hidden.commitments, "boxes": hidden.boxes, "proof": hidden.proof}


def _whole(room: Round, name: str) -> Case:
    """What a home makes of a packed vector."""
    refusal(None, masks.check, room.places[0], room.m, room.keys, room.hidden[0])
    holders = {"m": room.m, "subsets": masks.subsets(room.m), "secrets": list(map(encode_scalar, room.secrets))}
    given = {"keys": room.keys, "packed": room.packed[0], "seed": room.seeds[0]}
    return case("WIRE-16", f"hide: {name}", **_place(room.places[0]), **holders, **given, **_vector(room.hidden[0]))


def _hidden(room: Round, made: HiddenCase) -> Case:
    refusal(made.clause, masks.check, made.place, room.m, made.keys, made.hidden)
    items = {**_place(made.place), "keys": made.keys, **_vector(made.hidden)}
    return judged(made.clause, "LEARN-2", f"hidden: {made.name}", **items)


def _box(room: Round, made: BoxCase) -> Case:
    """A box to open, or a complaint to judge."""
    place, points, key = room.places[0], room.hidden[0].commitments, room.key(made.holder)
    items = {"holder": made.holder, "box": made.box, "complaint": made.complaint, "guilty": made.guilty}
    judge = (place, room.m, made.holder, key, made.box, points, made.complaint, WORDS)
    if made.guilty is None:
        refusal(made.clause, masks.judge, *judge)
        return refused("LEARN-3", f"complaint: {made.name}", **items)
    assert masks.judge(*judge) == made.guilty
    opened = (room.secrets[made.holder - 1], place, room.m, made.holder, made.box)
    refusal(made.clause, masks.open_seeds, *opened)
    try:
        items["seeds"] = b"".join(masks.open_seeds(*opened))
    except Refused:
        items["seeds"] = b""
    return judged(made.clause, "BOX", f"box: {made.name}", **items)


def _sums(room: Round) -> Iterator[Case]:
    """LEARN-4, with what the holder summed up."""
    opened = [b"".join(room.opened(home, 2)) for home in (0, 1)]
    clients = [(place.account, seeds) for place, seeds in zip(room.places, opened, strict=True)]
    for made in sums(room):
        refusal(made.clause, masks.check_sum, made.M, made.R, made.commitments, made.chosen)
        items = {"clients": clients, "chosen": made.chosen, "M": made.M, "R": made.R, "points": made.commitments}
        yield judged(made.clause, "LEARN-4", f"sum: {made.name}", **items)


def _expansions() -> Iterator[Case]:
    """Masks of many lengths, around the ends of the stream's blocks."""
    dice = Dice("expansions")
    seed, context = dice.bytes(), dice.bytes(64) + dice.bytes(5)
    for count in (1, 2, 3, 16, 17):
        mask = masks.joined(masks.expand(seed, context, count), masks.MASK)
        items = {"seed": seed, "context": context, "count": count, "mask": mask}
        yield case("WIRE-16", f"expand: {count} words", **items, K=masks.commit(seed, context, count))


def _noise() -> Iterator[Case]:
    """Samples of small and large variances."""
    seed = Dice("noise").bytes()
    for variance, count in ((0, 3), (1, 64), (2, 32), (1_000_003, 64), (2**46 - 1, 32), (2**64 - 1, 32)):
        items = {"seed": seed, "variance": str(variance), "samples": gaussian.noise(seed, variance, count)}
        yield case("WIRE-16", f"noise: variance {variance}", **items)
