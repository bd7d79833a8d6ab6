//! Verification of many reports at once, on all cores (MARKET-1, MARKET-3..6, ACCOUNT-8).

use std::ops::Range;

use curve25519_dalek::ristretto::RistrettoPoint;
use rayon::prelude::*;
use tari_bulletproofs_plus::range_statement::RangeStatement;
use tari_bulletproofs_plus::ristretto::RistrettoRangeProof;

use super::range::{self, Commitments, Proofs};
use super::sigma::{self, Claim};
use super::statement::{Shared, Statement};
use super::wire::{Report, fixed};
use crate::error::{Refused, Result};
use crate::group::multiple;
use crate::signature;
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
}

impl Statement {
    /// Verifies reports together; one answer for each, in order. A bad report spoils no other.
    pub fn verify(&self, items: &[Item]) -> Vec<Result<Accepted>> {
        let size = chunk_size(items.len(), rayon::current_num_threads());
        items
            .par_chunks(size)
            .flat_map_iter(|chunk| verify_chunk(self.shared(), chunk))
            .collect()
    }
}

/// Reports in one chunk: all cores get as many chunks when there are enough reports.
fn chunk_size(items: usize, cores: usize) -> usize {
    let least = items.div_ceil(LARGEST);
    let even = least.next_multiple_of(cores).min(items / SMALLEST);
    items.div_ceil(even.max(least).max(1)).max(1)
}

fn verify_chunk(shared: &Shared, items: &[Item]) -> Vec<Result<Accepted>> {
    let opened: Vec<_> = items.par_iter().map(|item| open(shared, item)).collect();
    let mut claims = Vec::with_capacity(items.len());
    let mut proofs = Proofs::default();
    let mut answers = Vec::with_capacity(items.len());
    for opened in opened {
        answers.push(opened.map(|opened| {
            proofs.statements.push(opened.statement);
            proofs.proofs.push(opened.proof);
            proofs.transcripts.push(opened.transcript.into_merlin());
            claims.push(opened.claim);
        }));
    }
    let all = 0..claims.len();
    let (sigma, range) = rayon::join(
        || culprits(all.clone(), &|part| sigma::hold(shared, &claims[part])),
        || culprits(all.clone(), &|part| proofs.hold(part)),
    );
    let refusal = |k: usize| {
        let by_sigma = sigma
            .binary_search(&k)
            .ok()
            .and_then(|_| claims[k].broken(shared));
        by_sigma.or_else(|| {
            range
                .binary_search(&k)
                .ok()
                .map(|_| refuse_range(claims[k].report()))
        })
    };
    let mut accepted = accept(shared, &claims).into_iter().enumerate();
    let mut next = || accepted.next().expect("one for each claim");
    let judge = |answer: Result<()>| {
        answer?;
        let (k, accepted) = next();
        refusal(k).map_or(Ok(accepted), Err)
    };
    answers.into_iter().map(judge).collect()
}

/// A report that is decoded and signed, with everything left to check.
struct Opened<'a> {
    claim: Claim<'a>,
    statement: RangeStatement<RistrettoPoint>,
    proof: RistrettoRangeProof,
    /// Where the range proof continues.
    transcript: Transcript,
}

fn open<'a>(shared: &Shared, item: &Item<'a>) -> Result<Opened<'a>> {
    let report = Report::decode(shared.layout, item.tx)?;
    let proof = report.range_proof()?;
    check_signatures(shared, &report, item.meter)?;
    let statement = Commitments::of(&report).statement(&shared.range);
    let (claim, transcript) = Claim::new(shared, report, *item.base)?;
    Ok(Opened {
        claim,
        statement,
        proof,
        transcript,
    })
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
fn culprits(part: Range<usize>, hold: &(impl Fn(Range<usize>) -> bool + Sync)) -> Vec<usize> {
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

fn refuse_range(report: &Report) -> Refused {
    if range::points_are_canonical(&report.tx[report.layout.range_proof()]) {
        Refused::new("MARKET-5", "the range proof does not hold")
    } else {
        Refused::new(
            "MARKET-3",
            "a point of the range proof is not canonical or is the identity",
        )
    }
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
    let both = headroom.into_iter().zip(locked);
    both.map(|(headroom, locked)| Accepted {
        headroom: headroom.0,
        locked: locked.0,
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
