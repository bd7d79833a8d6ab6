//! The range proof: 2K + 8 values below 2^16, padded to 32 with zeros (MARKET-5, WIRE-7).
//!
//! The library's names are reversed: its `h_base` is the value base, ours G; its `g_base` blinds, ours H_1.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::traits::{Identity, IsIdentity};
use tari_bulletproofs_plus::PedersenGens;
use tari_bulletproofs_plus::commitment_opening::CommitmentOpening;
use tari_bulletproofs_plus::errors::ProofError;
use tari_bulletproofs_plus::generators::pedersen_gens::ExtensionDegree;
use tari_bulletproofs_plus::range_parameters::RangeParameters;
use tari_bulletproofs_plus::range_proof::VerifyAction;
use tari_bulletproofs_plus::range_statement::RangeStatement;
use tari_bulletproofs_plus::range_witness::RangeWitness;
use tari_bulletproofs_plus::ristretto::RistrettoRangeProof;

use super::montgomery::Montgomery;
use super::wire::{LIMBS, RANGE_PROOF, Report, fixed};
use crate::error::Refused;
use crate::group::generator;
use crate::transcript::Transcript;

/// Bases of the proof.
pub(super) type Parameters = RangeParameters<RistrettoPoint>;

/// Commitments in one proof.
pub(super) const COMMITMENTS: usize = 32;
/// Bits of each committed value.
pub(super) const BITS: usize = 16;
/// Bits in one proof.
pub(super) const LENGTH: usize = BITS * COMMITMENTS;
/// Parameters hold tables of ten megabytes; an old and a new epoch meet for a while, and seldom more.
const CACHED: usize = 4;

static CACHE: Mutex<Vec<([u8; 32], Arc<Parameters>)>> = Mutex::new(Vec::new());

/// The bases for H_1, made once and kept for the last few keys.
pub(super) fn parameters(epoch_key: &RistrettoPoint, bytes: [u8; 32]) -> Arc<Parameters> {
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    let position = cache.iter().position(|(key, _)| *key == bytes);
    let entry = match position {
        Some(position) => cache.remove(position),
        None => (bytes, Arc::new(with_bases(*generator(), *epoch_key))),
    };
    let parameters = entry.1.clone();
    cache.insert(0, entry);
    cache.truncate(CACHED);
    parameters
}

/// Parameters for a value base and a blinding base.
pub(super) fn with_bases(value: RistrettoPoint, blinding: RistrettoPoint) -> Parameters {
    let bases = PedersenGens {
        h_base: value,
        h_base_compressed: value.compress(),
        g_base_vec: vec![blinding],
        g_base_compressed_vec: vec![blinding.compress()],
        extension_degree: ExtensionDegree::DefaultPedersen,
    };
    RangeParameters::init(BITS, COMMITMENTS, bases)
        .expect("16 bits and 32 commitments are powers of two")
}

/// Puts what belongs to each commitment in the proof's order:
/// buying, i − b_1, selling, e − s_K, limbs, i, e, then padding.
pub(super) fn arrange<T: Clone>(pairs: &[T], slack: [T; 2], limbs: &[T], padding: T) -> Vec<T> {
    let (ladder, readings) = pairs.split_at(pairs.len() - 2);
    let (buying, selling) = ladder.split_at(ladder.len() / 2);
    let [buying_slack, selling_slack] = slack;
    let mut arranged = Vec::with_capacity(COMMITMENTS);
    arranged.extend_from_slice(buying);
    arranged.push(buying_slack);
    arranged.extend_from_slice(selling);
    arranged.push(selling_slack);
    arranged.extend_from_slice(limbs);
    arranged.extend_from_slice(readings);
    arranged.resize(COMMITMENTS, padding);
    arranged
}

/// `i − b_1` and `e − s_K`, from anything that adds up: values, blindings or commitments in wire order.
pub(super) fn slack<T>(pairs: &[T]) -> [T; 2]
where
    T: Copy + for<'a> std::iter::Sum<&'a T> + std::ops::Sub<Output = T>,
{
    let (ladder, readings) = pairs.split_at(pairs.len() - 2);
    let (buying, selling) = ladder.split_at(ladder.len() / 2);
    [
        readings[0] - buying.iter().sum(),
        readings[1] - selling.iter().sum(),
    ]
}

/// Factors of the points C in wire order, and of the limbs.
pub(super) struct Factors {
    pub pairs: Vec<Montgomery>,
    pub limbs: [Montgomery; LIMBS],
}

/// What factors of the commitments, in the proof's order, come to on the points that are on the wire: the transpose of
/// `arrange` and `slack`.
pub(super) fn gather(rungs: usize, commitments: &[Montgomery; COMMITMENTS]) -> Factors {
    let (buying, rest) = commitments.split_at(rungs + 1);
    let (selling, rest) = rest.split_at(rungs + 1);
    let mut pairs = Vec::with_capacity(2 * rungs + 2);
    for side in [buying, selling] {
        pairs.extend(side[..rungs].iter().map(|&factor| factor - side[rungs]));
    }
    pairs.extend([
        buying[rungs] + rest[LIMBS],
        selling[rungs] + rest[LIMBS + 1],
    ]);
    let limbs = std::array::from_fn(|j| rest[j]);
    Factors { pairs, limbs }
}

/// Commitments to be proved or verified, in the proof's order, as points and as bytes.
pub(super) struct Commitments {
    pub points: Vec<RistrettoPoint>,
    pub bytes: Vec<CompressedRistretto>,
}

impl Commitments {
    /// From the points C in wire order and the limbs; `pairs` and `limbs` bytes as on the wire spare their compression.
    pub fn new(
        c: &[RistrettoPoint],
        limbs: &[RistrettoPoint],
        pair_bytes: &[u8],
        limb_bytes: &[u8],
    ) -> Self {
        let slack = slack(c);
        let compressed = |bytes: &[u8]| CompressedRistretto(fixed(bytes));
        let c_bytes: Vec<_> = pair_bytes
            .chunks_exact(64)
            .map(|pair| compressed(&pair[32..]))
            .collect();
        let limb_bytes: Vec<_> = limb_bytes.chunks_exact(32).map(compressed).collect();
        let slack_bytes = slack.map(|point| point.compress());
        Self {
            points: arrange(c, slack, limbs, RistrettoPoint::identity()),
            bytes: arrange(
                &c_bytes,
                slack_bytes,
                &limb_bytes,
                CompressedRistretto::identity(),
            ),
        }
    }

    /// Those of a report on the wire.
    pub fn of(report: &Report) -> Self {
        let (tx, layout) = (report.tx, report.layout);
        Self::new(
            &report.c,
            &report.limbs,
            &tx[layout.pair_bytes()],
            &tx[layout.limbs()],
        )
    }

    /// The statement about them.
    pub fn statement(self, parameters: &Parameters) -> RangeStatement<RistrettoPoint> {
        RangeStatement {
            generators: parameters.clone(),
            commitments: self.points,
            commitments_compressed: self.bytes,
            minimum_value_promises: vec![None; COMMITMENTS],
            seed_nonce: None,
        }
    }
}

/// Proves that the values, in the proof's order, are below 2^16. Continues and ends `transcript`. 769 bytes.
///
/// The library refuses values that are too large or do not open their commitments.
pub(super) fn prove(
    parameters: &Parameters,
    transcript: Transcript,
    commitments: Commitments,
    values: &[u64],
    blindings: &[Scalar],
) -> Result<[u8; RANGE_PROOF], ProofError> {
    let openings = values.iter().zip(blindings);
    let openings = openings
        .map(|(&value, &blinding)| CommitmentOpening::new(value, vec![blinding]))
        .collect();
    let witness = RangeWitness::init(openings)?;
    let statement = commitments.statement(parameters);
    let proof = RistrettoRangeProof::prove(&mut transcript.into_merlin(), &statement, &witness)?;
    Ok(fixed(&proof.to_bytes()))
}

/// Range proofs of many reports under the same bases, each with the transcript that it continues.
#[derive(Default)]
pub(super) struct Proofs {
    pub statements: Vec<RangeStatement<RistrettoPoint>>,
    pub proofs: Vec<RistrettoRangeProof>,
    pub transcripts: Vec<tari_merlin::Transcript>,
}

impl Proofs {
    /// Whether all in this part hold, checked together.
    pub fn hold(&self, part: Range<usize>) -> bool {
        let mut transcripts = self.transcripts[part.clone()].to_vec();
        let (statements, proofs) = (&self.statements[part.clone()], &self.proofs[part.clone()]);
        RistrettoRangeProof::verify_batch(
            &mut transcripts,
            statements,
            proofs,
            VerifyAction::VerifyOnly,
        )
        .is_ok_and(|masks| masks.len() == part.len())
    }
}

/// What refuses a range proof.
pub(super) fn refuse() -> Refused {
    Refused::new("MARKET-5", "the range proof does not hold")
}

/// What refuses a range proof's points.
pub(super) fn refuse_points() -> Refused {
    let reason = "a point of the range proof is not canonical or is the identity";
    Refused::new("MARKET-3", reason)
}

/// What refuses a range proof's first byte and scalars.
pub(super) fn refuse_encoding() -> Refused {
    Refused::new("MARKET-3", "the range proof is not canonically encoded")
}

/// Why a report's range proof does not hold.
pub(super) fn refuse_proof(report: &Report) -> Refused {
    // 0x01 ‖ d_1 ‖ A ‖ A1 ‖ B ‖ r_1 ‖ s_1 ‖ L_1 ‖ R_1 …
    let bytes = &report.tx[report.layout.range_proof()];
    let elements: Vec<_> = bytes[1..].chunks_exact(32).collect();
    let mut points = elements[1..4].iter().chain(&elements[6..]);
    let canonical = points.all(|element| {
        CompressedRistretto(fixed(element))
            .decompress()
            .is_some_and(|point| !point.is_identity())
    });
    if canonical { refuse() } else { refuse_points() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gathering_is_the_transpose_of_arranging() {
        let mut transcript = Transcript::new("openmg/1/test/gather");
        for rungs in [1, 3, 8, 12] {
            let mut scalars =
                |count| -> Vec<_> { (0..count).map(|_| transcript.scalar("x")).collect() };
            let (pairs, limbs, factors) =
                (scalars(2 * rungs + 2), scalars(LIMBS), scalars(COMMITMENTS));
            let arranged = arrange(&pairs, slack(&pairs), &limbs, Scalar::ZERO);
            let expected: Scalar = arranged.iter().zip(&factors).map(|(a, b)| a * b).sum();

            let factors = std::array::from_fn(|j| Montgomery::from(&factors[j]));
            let gathered = gather(rungs, &factors);
            let found = gathered.pairs.into_iter().chain(gathered.limbs);
            let points = pairs.iter().chain(&limbs).map(Montgomery::from);
            let found: Montgomery = found.zip(points).map(|(a, b)| a * b).sum();
            assert_eq!(Scalar::from(found), expected);
        }
    }
}
