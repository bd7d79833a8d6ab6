//! Verification of many reports at once, on all cores (MARKET-1, MARKET-3..6, ACCOUNT-8).

use std::ops::Range;

use curve25519_dalek::ristretto::RistrettoPoint;
use rayon::prelude::*;

use super::oracle::Library;
use super::sigma::Claim;
use super::statement::{Shared, Statement};
use super::verifier::Own;
use super::wire::{Report, fixed};
use crate::error::{Refused, Result};
use crate::group::multiple;
use crate::signature;
use crate::sums::Pairs;
use crate::transcript::Transcript;

/// Fewer reports together share too little.
const SMALLEST: usize = 32;
/// More reports together gain little.
const LARGEST: usize = 128;

/// A report transaction with what the chain knows of its account.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    /// The whole transaction.
    pub tx: &'a [u8],
    /// The folded balance, derived by the chain.
    pub base: &'a [u8; 32],
    /// The account's meter, an Ed25519 public key.
    pub meter: &'a [u8; 32],
}

/// What a report that holds changes in its account (MARKET-6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Hd, the new balance.
    pub headroom: [u8; 32],
    /// λ·C_b1, locked until the slot is settled.
    pub locked: [u8; 32],
    /// What it adds to the slot's sums.
    pub pairs: Pairs,
}

impl Statement {
    /// Verifies reports together; one answer for each, in order. A bad report spoils no other.
    pub fn verify(&self, items: &[Item]) -> Vec<Result<Accepted>> {
        self.verify_by::<Own>(items)
    }

    /// The same answers at nearly twice the cost, with tari_bulletproofs_plus for the range proofs: the oracle that
    /// our own verifier is tested against, and a second opinion.
    pub fn verify_by_library(&self, items: &[Item]) -> Vec<Result<Accepted>> {
        self.verify_by::<Library>(items)
    }

    fn verify_by<M: Method>(&self, items: &[Item]) -> Vec<Result<Accepted>> {
        let cores = rayon::current_num_threads();
        let size = chunk_size(items.len(), cores);
        let parts = (cores / items.len().div_ceil(size).max(1)).max(1);
        items
            .par_chunks(size)
            .flat_map_iter(|chunk| verify_chunk::<M>(self.shared(), chunk, parts))
            .collect()
    }
}

/// How reports are checked whose encoding and signatures are in order.
pub(super) trait Method {
    /// A range proof that is canonically encoded as far as one sees without decompressing its points.
    type Proof<'a>: Send + Sync;

    /// The range proof of a report (MARKET-3).
    fn decode<'a>(report: &Report<'a>) -> Result<Self::Proof<'a>>;

    /// For each claim, with its range proof and the transcript that this continues, why it is refused, or `None`. A
    /// multiplication is done in at most `parts` at the same time.
    fn refusals(
        shared: &Shared,
        claims: &[Claim],
        proofs: Vec<(Self::Proof<'_>, Transcript)>,
        parts: usize,
    ) -> Vec<Option<Refused>>;
}

/// Reports in one chunk: all cores get as many chunks when there are enough reports.
fn chunk_size(items: usize, cores: usize) -> usize {
    let least = items.div_ceil(LARGEST);
    let even = least.next_multiple_of(cores).min(items / SMALLEST);
    items.div_ceil(even.max(least).max(1)).max(1)
}

fn verify_chunk<M: Method>(shared: &Shared, items: &[Item], parts: usize) -> Vec<Result<Accepted>> {
    let opened: Vec<_> = items
        .par_iter()
        .map(|item| open::<M>(shared, item))
        .collect();
    let (mut claims, mut proofs) = (Vec::new(), Vec::new());
    let answers: Vec<_> = opened
        .into_iter()
        .map(|opened| {
            opened.map(|(claim, proof)| {
                claims.push(claim);
                proofs.push(proof);
            })
        })
        .collect();
    let refusals = M::refusals(shared, &claims, proofs, parts);
    let mut judged = refusals.into_iter().zip(accept(shared, &claims));
    let judge = |answer: Result<()>| {
        answer?;
        let (refusal, accepted) = judged.next().expect("one for each claim");
        refusal.map_or(Ok(accepted), Err)
    };
    answers.into_iter().map(judge).collect()
}

/// A report that is decoded and signed, with everything left to check: its range proof continues the transcript.
type Opened<'a, M> = (Claim<'a>, (<M as Method>::Proof<'a>, Transcript));

fn open<'a, M: Method>(shared: &Shared, item: &Item<'a>) -> Result<Opened<'a, M>> {
    let report = Report::decode(shared.layout, item.tx)?;
    let proof = M::decode(&report)?;
    check_signatures(shared, &report, item.meter)?;
    let (claim, transcript) = Claim::new(shared, report, *item.base)?;
    Ok((claim, (proof, transcript)))
}

fn check_signatures(shared: &Shared, report: &Report, meter: &[u8; 32]) -> Result<()> {
    let (tx, layout) = (report.tx, report.layout);
    let reading = shared.meter_message(&report.head, &tx[layout.pair_bytes()]);
    signature::verify(
        "MARKET-1",
        meter,
        &reading,
        &fixed(&tx[layout.meter_signature()]),
    )?;
    let (body, signature) = tx.split_at(layout.signature().start);
    signature::verify(
        "ACCOUNT-8",
        &report.head.account,
        &shared.signed_message(body),
        &fixed(signature),
    )
}

/// Who in this part does not hold, in order: a failing batch names nobody, so it is halved until it does.
pub(super) fn culprits(
    part: Range<usize>,
    hold: &(impl Fn(Range<usize>) -> bool + Sync),
) -> Vec<usize> {
    if part.is_empty() || hold(part.clone()) {
        return Vec::new();
    }
    if part.len() == 1 {
        return vec![part.start];
    }
    let middle = part.start + part.len() / 2;
    let (mut left, right) = rayon::join(
        || culprits(part.start..middle, hold),
        || culprits(middle..part.end, hold),
    );
    left.extend(right);
    left
}

/// Hd and λ·C_b1 of every claim; half of λ is multiplied, since compressing the doubles of a batch is cheap.
fn accept(shared: &Shared, claims: &[Claim]) -> Vec<Accepted> {
    let half = i128::from(shared.lambda() / 2);
    let halves: Vec<_> = claims
        .par_iter()
        .map(|claim| multiple(&claim.report().bought(), half))
        .collect();
    let locked = RistrettoPoint::double_and_compress_batch(&halves);
    let headroom: Vec<_> = claims
        .par_iter()
        .map(|claim| claim.report().headroom().compress())
        .collect();
    let changes = headroom.into_iter().zip(locked);
    let both = claims.iter().map(Claim::report).zip(changes);
    both.map(|(report, (headroom, locked))| Accepted {
        headroom: headroom.0,
        locked: locked.0,
        pairs: Pairs::new(&report.r, &report.c),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_even_and_neither_small_nor_large() {
        let sizes = [0, 1, 16, 64, 70, 256, 300, 1000].map(|items| chunk_size(items, 2));
        assert_eq!(sizes, [1, 1, 16, 32, 35, 128, 75, 125]);
        assert_eq!(chunk_size(256, 64), 32);
        assert_eq!(chunk_size(100_000, 3), 128);
    }

    #[test]
    fn bisection_finds_all_and_only_the_bad() {
        let bad = [0, 6, 7, 69];
        let hold = |part: Range<usize>| !bad.iter().any(|k| part.contains(k));
        assert_eq!(culprits(0..70, &hold), bad);
        assert!(culprits(1..6, &hold).is_empty());
    }
}
