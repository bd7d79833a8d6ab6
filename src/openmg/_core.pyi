"""The Rust core as Python sees it: bytes in, bytes out (book, chapter Wire). Only `openmg.crypto` imports it.

Points and scalars are 32 bytes. Lists of points are passed joined. What is refused raises `Refused(clause, reason)`.
Long work releases the GIL; batches use all cores.
"""

class Refused(Exception):
    """args = (clause, reason)."""

# --- group, keys, derivations (WIRE-2..4)
def generator() -> bytes: ...
def decode_point(point: bytes, /) -> None:
    """Refuses what is no canonical point or is the identity (MARKET-3)."""

def derive(key: bytes, label: str, data: bytes, /) -> bytes: ...
def wide_scalar(wide: bytes, /) -> bytes: ...
def random_scalar() -> bytes: ...
def public_point(secret: bytes, /) -> bytes:
    """secret·P."""

def commit(value: int, blinding: bytes, epoch_key: bytes, /) -> bytes:
    """value·G + blinding·H; value is signed, |value| < 2^127."""

def pair(value: int, randomness: bytes, epoch_key: bytes, /) -> bytes:
    """R ‖ C."""

def box_seal(public: bytes, aad: bytes, plaintext: bytes, /) -> bytes: ...
def box_open(secret: bytes, aad: bytes, box: bytes, /) -> bytes:
    """Refuses with clause BOX."""

def sign(secret: bytes, message: bytes, /) -> bytes: ...
def signing_public(secret: bytes, /) -> bytes: ...
def verify_signature(public: bytes, message: bytes, signature: bytes, clause: str, /) -> None: ...

# --- report (WIRE-6, WIRE-7)
class Pairs:
    """The points of a report's pairs, which verifying it has decompressed already."""

    def __init__(self, rungs: int, report: bytes, /) -> None: ...
    def __eq__(self, other: object, /) -> bool: ...

class Statement:
    """What all reports of one slot and one set of epoch bases share."""

    def __init__(self, chain: bytes, epoch_keys: bytes, levels: list[int], fee: int) -> None:
        """epoch_keys: the E bases joined, the current one first."""

    def report_bytes(self) -> int:
        """Length of a report transaction."""

    def prove(
        self,
        *,
        seed: bytes,
        account: bytes,
        slot: int,
        version: int,
        checkpoint: int,
        epoch: int,
        base_value: int,
        base_blindings: bytes,
        opening: bytes,
        reading: tuple[int, int],
        meter_signature: bytes,
        buy: list[int],
        sell: list[int],
    ) -> bytes:
        """A whole signed report transaction; base_blindings: E scalars. Refuses a witness that is not true."""

    def verify(self, items: list[tuple[bytes, bytes, bytes]], /) -> list[tuple[bytes, bytes, Pairs] | tuple[str, str]]:
        """Verify report transactions (tx, base point, meter key) together, on all cores.

        Returns for each (Hd, λ·C_b1, its pairs), or (clause, reason).
        """

    def verify_by_library(
        self, items: list[tuple[bytes, bytes, bytes]], /
    ) -> list[tuple[bytes, bytes, Pairs] | tuple[str, str]]:
        """The same answers by the range proof library's own verifier, nearly twice as slow: a second opinion."""

def meter_sign(
    secret: bytes, chain: bytes, account: bytes, slot: int, epoch_key: bytes, imported: int, exported: int, /
) -> tuple[bytes, bytes]:
    """(opening ρ, signature) of one reading; refuses with MARKET-1 one with both import and export."""

def report_sums(rungs: int, sums: bytes, reports: list[Pairs], /) -> bytes:
    """Add reports to running sums: (2K+2) pairs, cumulative B_1..B_K, S_1..S_K, then I, E. Empty `sums`: zero."""

# --- small linear algebra on points
def combine(coefficients: list[int], points: bytes, /) -> bytes:
    """Σ coefficient·point; public, signed coefficients below 2^126, cost by their length (variable time)."""

def settle(
    rungs: int,
    buy_weights: list[tuple[int, int]],
    sell_weights: list[tuple[int, int]],
    price: int,
    fee: int,
    tariff: int,
    feed_in: int,
    accounts: list[tuple[bytes, bytes]],
    /,
) -> list[bytes]:
    """MARKET-9 for each (report, state): locked ‖ credits ‖ import ‖ export ‖ bought ‖ sold ‖ cost (7 points).

    Returns the new credits ‖ import ‖ export ‖ bought ‖ sold ‖ cost (6 points). No weights: void.
    """

# --- threshold key (WIRE-8)
def deal_key(
    chain: bytes, epoch: int, attempt: int, authorities: int, threshold: int, dealer: int, ephemerals: bytes, /
) -> tuple[bytes, bytes]:
    """(deal as on the wire, the dealer's own share). ephemerals: n points. Refuses with KEY-1."""

def check_deal(
    chain: bytes,
    epoch: int,
    attempt: int,
    authorities: int,
    threshold: int,
    dealer: int,
    ephemeral: bytes,
    deal: bytes,
    /,
) -> None:
    """Refuses with KEY-1, also a dealer that does not prove that it knows the secret of every box."""

def open_share(
    chain: bytes,
    epoch: int,
    attempt: int,
    authorities: int,
    threshold: int,
    dealer: int,
    recipient: int,
    secret: bytes,
    deal: bytes,
    /,
) -> bytes:
    """The recipient's share; refuses with KEY-2 what does not open or is not on the polynomial."""

def complain(
    chain: bytes,
    epoch: int,
    attempt: int,
    authorities: int,
    threshold: int,
    accuser: int,
    dealer: int,
    secret: bytes,
    deal: bytes,
    /,
) -> bytes: ...
def judge_complaint(
    chain: bytes,
    epoch: int,
    attempt: int,
    authorities: int,
    threshold: int,
    accuser: int,
    dealer: int,
    ephemeral: bytes,
    deal: bytes,
    complaint: bytes,
    /,
) -> bool:
    """True: the dealer is guilty; False: the accuser is. Refuses with KEY-2 a proof that does not hold."""

def key_from_deals(authorities: int, threshold: int, deals: list[bytes], /) -> tuple[bytes, bytes]:
    """(H, Y_1..Y_n joined). Refuses with KEY-1 when H is the identity."""

def add_scalars(scalars: list[bytes], /) -> bytes: ...

# --- decryption (WIRE-9)
def share(chain: bytes, epoch: int, subject: bytes, secret: bytes, sums: list[tuple[bytes, bytes]], /) -> bytes:
    """sums: (functional, ΣR ‖ ΣC). Returns D… ‖ T1 ‖ T2 ‖ z."""

def check_share(
    chain: bytes,
    epoch: int,
    subject: bytes,
    verification_key: bytes,
    sums: list[tuple[bytes, bytes]],
    share: bytes,
    /,
) -> None:
    """Refuses with KEY-6."""

def remainder(commitment: bytes, indices: list[int], shares: bytes, /) -> bytes:
    """ΣC − Σ λ_j·D_j = m·G, from the D of the authorities with these indices."""

def check_opening(point: bytes, value: int, /) -> None:
    """Refuses with KEY-6 unless point = value·G."""

class DiscreteLog:
    """Baby-step giant-step to base G."""

    def __init__(self, table_bits: int) -> None: ...
    def solve(self, point: bytes, bound: int, /) -> int | None:
        """The m with point = m·G and |m| <= bound, searched outward from zero; None when there is none."""

# --- masks, sealed seeds, mask sums, noise (WIRE-16)
def expand_masks(seed: bytes, context: bytes, count: int, /) -> bytes:
    """count · 28 bytes; context: task ‖ round u32 ‖ account ‖ T u8."""

def hide_vector(
    task: bytes,
    round_: int,
    account: bytes,
    packed: bytes,
    committee: int,
    keys: list[bytes | None],
    seed: bytes,
    /,
) -> tuple[bytes, bytes, list[bytes], bytes]:
    """(y, commitments joined, boxes, U ‖ z) of packed words of 20 bytes. Refuses with LEARN-0 or LEARN-1."""

def check_hidden(
    task: bytes,
    round_: int,
    account: bytes,
    committee: int,
    keys: list[bytes | None],
    y: bytes,
    commitments: bytes,
    boxes: list[bytes],
    proof: bytes,
    /,
) -> None:
    """Refuses with LEARN-2."""

def open_seeds(
    secret: bytes, task: bytes, round_: int, account: bytes, holder: int, committee: int, box: bytes, /
) -> bytes:
    """The seeds of the holder's subsets, joined; refuses with BOX."""

def check_seeds(
    holder: int, committee: int, clients: list[tuple[bytes, bytes, bytes]], task: bytes, round_: int, count: int, /
) -> list[int]:
    """Positions of the clients (account, seeds, commitments) whose seeds do not give their commitments."""

def complain_seeds(secret: bytes, task: bytes, round_: int, account: bytes, holder: int, box: bytes, /) -> bytes: ...
def judge_seeds(
    key: bytes,
    task: bytes,
    round_: int,
    account: bytes,
    holder: int,
    committee: int,
    box: bytes,
    commitments: bytes,
    complaint: bytes,
    count: int,
    /,
) -> bool:
    """True: the home is guilty; False: the complaint is false. Refuses with LEARN-3 a proof that does not hold."""

def sum_masks(
    task: bytes,
    round_: int,
    clients: list[tuple[bytes, bytes]],
    holder: int,
    committee: int,
    subsets: int,
    count: int,
    /,
) -> tuple[bytes, bytes]:
    """(M, 31 bytes a word; R) over clients (account, seeds) and subsets (bit T). Refuses with LEARN-4."""

def check_mask_sum(m: bytes, r: bytes, commitments: list[bytes], subsets: int, committee: int, /) -> None:
    """Refuses with LEARN-4 unless Σ M_p·B_p + R·P = ΣΣ K_T."""

def gaussian_noise(seed: bytes, variance: int, count: int, /) -> list[int]:
    """Samples of the discrete Gaussian, by integers only."""

# --- at rest (WIRE-13)
def vault_key(passphrase: bytes, header: bytes, /) -> VaultKey: ...
def vault_header() -> bytes:
    """A new header: magic, argon2id parameters, salt."""

class VaultKey:
    """A derived key, wiped when dropped."""

    def seal(self, plaintext: bytes, /) -> bytes: ...
    def open(self, sealed: bytes, /) -> bytes:
        """Refuses with clause VAULT."""
