"""The slow reference against the vectors that its standards publish."""

from hashlib import sha3_256, sha512

import pytest

from tests.reference import Refused, aead, draft, edwards, group, key, merkle, pair, range_proof, report, sealed, share
from tests.reference import signature as ed25519
from tests.reference.group import IDENTITY, G, P, decode, one_way_map
from tests.reference.hashing import Dice, Forgetful, Transcript, keccak_f

MULTIPLES = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
    "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
    "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259",
    "da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57",
    "e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e",
    "f64746d3c92b13050ed8d80236a7f0007c3b3f962f5ba793d19a601ebb1df403",
    "44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d",
    "903293d8f2287ebe10e2374dc1a53e0bc887e592699f02d077d5263cdd55601c",
    "02622ace8f7303a31cafc63f8fc48fdc16e1c8c8d234b2f0d6685282a9076031",
    "20706fd788b2720a1ed2a5dad4952b01f413bcf0e7564de8cdc816689e2db95f",
    "bce83f8ba5dd2fa572864c24ba1810f9522bc6004afe95877ac73241cafdab42",
    "e4549ee16b9aa03099ca208c67adafcafa4c3f3e4e5303de6026e3ca8ff84460",
    "aa52e000df2e16f55fb1032fc33bc42742dad6bd5a8fc0be0167436c5948501f",
    "46376b80f409b29dc2b5f6f0c52591990896e5716f41477cd30085ab7f10301e",
    "e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e",
]

BAD_ENCODINGS = [
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
    "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]

HASHED = {
    "Ristretto is traditionally a short shot of espresso coffee": (
        "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46"
    ),
    "made with the normal amount of ground coffee but extracted with": (
        "f26e5b6f7d362d2d2a94c5d0e7602cb4773c95a2e5c31a64f133189fa76ed61b"
    ),
    "about half the amount of water in the same amount of time": (
        "006ccd2a9e6867e6a2c5cea83d3302cc9de128dd2a9a57dd8ee7b9d7ffe02826"
    ),
    "by using a finer grind.": "f8f0c87cf237953c5890aec3998169005dae3eca1fbb04548c635953c817f92a",
    "This produces a concentrated shot of coffee per volume.": (
        "ae81e7dedf20a497e10c304a765c1767a42d6e06029758d2d7e8ef7cc4c41179"
    ),
    "Just pulling a normal shot short will produce a weaker shot": (
        "e2705652ff9f5e44d3e841bf1c251cf7dddb77d140870d1ab2ed64f1a9ce8628"
    ),
    "and is not a Ristretto as some believe.": "80bd07262511cdde4863f8a7434cef696750681cb9510eea557088f76d9e5065",
}


def test_multiples_of_the_base_point_rfc_9496_a1() -> None:
    for k, encoded in enumerate(MULTIPLES):
        assert (k * P).encode().hex() == encoded
        assert decode(bytes.fromhex(encoded)) == k * P


@pytest.mark.parametrize("encoded", BAD_ENCODINGS)
def test_bad_encodings_rfc_9496_a2(encoded: str) -> None:
    with pytest.raises(Refused, match="MARKET-3"):
        decode(bytes.fromhex(encoded))


def test_one_way_map_rfc_9496_a3() -> None:
    for text, encoded in HASHED.items():
        assert one_way_map(sha512(text.encode()).digest()).encode().hex() == encoded


def test_torsion_does_not_show() -> None:
    order_four = edwards.decode(bytes(32))
    moved = group.Point(edwards.add(P.at, order_four))
    assert not edwards.same(moved.at, P.at)
    assert moved == P
    assert moved.encode() == P.encode()


def test_order_and_buckets() -> None:
    dice = Dice("order and buckets")
    assert group.Q * P == IDENTITY
    scalars = [dice.scalar() for _ in range(9)]
    points = [dice.scalar() * P for _ in scalars]
    assert group.combine(scalars, points) == group.total(k * point for k, point in zip(scalars, points, strict=True))


def test_keccak_against_hashlib() -> None:
    state = bytearray(200)
    state[:4] = b"abc\x06"
    state[135] ^= 0x80
    assert keccak_f(bytes(state))[:32] == sha3_256(b"abc").digest()


def test_merlin_published_vector() -> None:
    transcript = Transcript("test protocol")
    transcript.message("some label", b"some data")
    expected = "d5a21972d0d5fe320c0d263fac7fffb8145aa640af6e9bca177c03c7efcf0615"
    assert transcript.challenge("challenge", 32).hex() == expected


@pytest.mark.parametrize(
    ("seed", "public", "message", "expected"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            (
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555f"
                "b8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            (
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da08"
                "5ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            ),
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            (
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18"
                "ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
            ),
        ),
    ],
)
def test_ed25519_rfc_8032(seed: str, public: str, message: str, expected: str) -> None:
    assert ed25519.public_key(bytes.fromhex(seed)).hex() == public
    signature = ed25519.sign(bytes.fromhex(seed), bytes.fromhex(message))
    assert signature.hex() == expected
    ed25519.verify(bytes.fromhex(public), bytes.fromhex(message), signature, "MARKET-1")


def test_ed25519_is_strict() -> None:
    seed = bytes(32)
    public, signature = ed25519.public_key(seed), ed25519.sign(seed, b"")
    s = int.from_bytes(signature[32:], "little") + group.Q
    small = edwards.encode(edwards.NEUTRAL)
    for key_, forged in (
        (public, signature[:32] + s.to_bytes(32, "little")),
        (small, small + bytes(32)),
        (public, small + signature[32:]),
        (b"\xee" + b"\xff" * 30 + b"\x7f", signature),
    ):
        with pytest.raises(Refused, match="X"):
            ed25519.verify(key_, b"", forged, "X")


def test_aead_rfc_8439() -> None:
    key_, nonce = bytes(range(0x80, 0xA0)), bytes.fromhex("070000004041424344454647")
    aad = bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
    text = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    text += b"sunscreen would be it."
    expected = (
        "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b"
        "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
        "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"
    )
    assert aead.seal(key_, nonce, aad, text).hex() == expected
    assert aead.unseal(key_, nonce, aad, bytes.fromhex(expected)) == text
    block = aead.chacha20_block(bytes(range(32)), 1, bytes.fromhex("000000090000004a00000000"))
    assert block.hex().startswith("10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e")
    tag_key = bytes.fromhex("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b")
    assert aead.poly1305(tag_key, b"Cryptographic Forum Research Group").hex() == "a8061dc1305136c6c22b8baf0c0127a9"


def test_merkle_rfc_6962() -> None:
    texts = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
    leaves = [bytes.fromhex(text) for text in texts]
    expected = {
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    for n, root in expected.items():
        assert merkle.root(leaves[:n]).hex() == root
    for n in range(1, 9):
        for i in range(n):
            beside = merkle.path(leaves[:n], i)
            assert merkle.root_by_path(leaves[i], i, n, beside) == merkle.root(leaves[:n])


def test_box_and_complaint_open_the_same() -> None:
    dice = Dice("box")
    secret = dice.scalar()
    fresh = dice.bytes()
    box = sealed.seal(secret * P, b"aad", b"plaintext", fresh)
    assert len(box) == 48 + len(b"plaintext")
    assert sealed.unseal(secret, b"aad", box) == b"plaintext"
    shared = secret * sealed.ephemeral_of(box)
    assert sealed.unseal_with(secret * P, shared, b"aad", box) == b"plaintext"
    with pytest.raises(Refused, match="BOX"):
        sealed.unseal(secret, b"other", box)
    others = ((secret * P, b"aad", b"plaintexu"), (secret * P, b"aae", b"plaintext"), (G, b"aad", b"plaintext"))
    boxes = [box, *(sealed.seal(*other, fresh) for other in others)]
    assert len({box[:32] for box in boxes}) == 4, "a generator that repeats itself repeats no key (WIRE-4)"


def test_threshold_key_end_to_end() -> None:
    dice = Dice("threshold")
    n = 4
    attempt = key.Attempt(dice.bytes(), 3, 1, n, key.threshold(n))
    secrets = [dice.scalar() for _ in range(n)]
    ephemerals = [x * P for x in secrets]
    deals = [
        key.deal(attempt, d, [dice.scalar() for _ in range(attempt.t)], ephemerals, dice).encode()
        for d in range(1, n + 1)
    ]
    checked = [key.check_deal(attempt, d, ephemerals[d - 1], data) for d, data in enumerate(deals, 1)]
    epoch_key, verification = key.key_from_deals(n, checked)
    shares = [
        sum(key.open_share(attempt, d, j, secrets[j - 1], data) for d, data in enumerate(deals, 1)) % group.Q
        for j in range(1, n + 1)
    ]
    assert [x * P for x in shares] == verification
    complaint = key.complain(attempt, 2, 3, secrets[1], deals[2], dice)
    assert not key.judge(attempt, 2, 3, ephemerals[1], deals[2], complaint)
    total = pair.pair((12345, dice.scalar()), epoch_key)
    item = share.Sum(share.functional("D", 3), *total)
    opened = []
    for j in (1, 3, 4):
        context = share.Context(attempt.chain, 3, share.subject(0, 9, 3), verification[j - 1])
        opened += share.check(context, [item], share.prove(context, shares[j - 1], [item], dice))
    share.check_opening(share.remainder(total[1], (1, 3, 4), opened), 12345)


def honest() -> tuple[report.Statement, draft.Draft, Dice]:
    dice = Dice("an honest report")
    epoch_key = dice.scalar() * P
    statement = report.Statement(dice.bytes(), (epoch_key,), (120, 151, 362), 10)
    home = draft.Home(dice.bytes(), dice.bytes())
    said = draft.Said((900, 50), (900, 800, 0), (0, 20, 50), 2**64 - 1)
    fresh = dice.bytes()
    rho, signed = pair.meter_sign(home.meter, statement.chain, home.account, 7, epoch_key, said.reading, fresh)
    return statement, draft.draft(statement, home, said, 7, (3, 5, 1), rho, signed, dice), dice


def test_report_round_trip_and_what_it_locks() -> None:
    statement, made, dice = honest()
    tx = draft.prove(statement, made, dice)
    assert len(tx) == statement.report_bytes
    assert report.decode_report(statement, tx).encode() == tx
    headroom, locked = report.verify(statement, tx, made.base, made.home.meter_key)
    blinding = sum(2 ** (16 * j) * r for j, (_, r) in enumerate(made.limbs))
    assert headroom == pair.commitment((2**64 - 1, blinding), statement.keys[0])
    bought = sum(r for _, r in made.pairs[:3])
    assert locked == statement.rate * pair.commitment((900, bought), statement.keys[0])
    opened = sealed.unseal(
        made.home.memo_secret,
        report.context(statement, made.home.account, 7, 3),
        report.decode_report(statement, tx).memo,
    )
    assert pair.randomness(opened[:32]) == tuple(r for _, r in made.pairs[-2:])
    flipped = tx[:-70] + bytes([tx[-70] ^ 1]) + tx[-69:]
    with pytest.raises(Refused, match="ACCOUNT-8"):
        report.verify(statement, flipped, made.base, made.home.meter_key)


def test_a_range_proof_for_one_value_too_many_fails() -> None:
    dice = Dice("range")
    bases = range_proof.Bases(G, dice.scalar() * P)
    openings = [(65535, dice.scalar()), (0, dice.scalar())] + [(0, 0)] * 30
    for values, good in (((65535, 0), True), ((65536, 0), False)):
        opened = [(values[0], openings[0][1]), (values[1], openings[1][1]), *openings[2:]]
        commitments = [pair.commitment(opening, bases.blinding) for opening in opened]
        proof = range_proof.prove(Transcript("range"), bases, commitments, opened, dice)
        assert len(proof.encode()) == 769
        assert range_proof.decode(proof.encode()) == proof
        if good:
            range_proof.verify(Transcript("range"), bases, commitments, proof)
        else:
            with pytest.raises(Refused, match="MARKET-5"):
                range_proof.verify(Transcript("range"), bases, commitments, proof)


def test_a_forgetful_transcript_forgets() -> None:
    forgetful = Forgetful("test", {2})
    plain = Transcript("test")
    for label in ("a", "b", "c"):
        forgetful.message(label, b"data")
    for label in ("a", "c"):
        plain.message(label, b"data")
    assert forgetful.absorbed == ["dom-sep", "a", "b", "c"]
    assert forgetful.challenge("x", 16) == plain.challenge("x", 16)
