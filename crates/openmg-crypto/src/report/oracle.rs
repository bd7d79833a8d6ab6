//! The verifier that our own one is tested against: range proofs by the library that defines them, sigma proofs apart,
//! in the library's scalars.

use tari_bulletproofs_plus::ristretto::RistrettoRangeProof;

use super::batch::{Method, culprits};
use super::range::{self, Commitments, Proofs};
use super::sigma::{self, Claim};
use super::statement::Shared;
use super::wire::Report;
use crate::error::{Refused, Result};
use crate::transcript::Transcript;

/// Verifies with tari_bulletproofs_plus.
pub(super) struct Library;

impl Method for Library {
    type Proof<'a> = RistrettoRangeProof;

    fn decode(report: &Report) -> Result<RistrettoRangeProof> {
        // Another extension degree with fewer rounds has the same length.
        Some(&report.tx[report.layout.range_proof()])
            .filter(|bytes| bytes[0] == 1)
            .and_then(|bytes| RistrettoRangeProof::from_bytes(bytes).ok())
            .ok_or_else(range::refuse_encoding)
    }

    fn refusals(
        shared: &Shared,
        claims: &[Claim],
        proofs: Vec<(RistrettoRangeProof, Transcript)>,
        _parts: usize,
    ) -> Vec<Option<Refused>> {
        let mut digests = Vec::with_capacity(claims.len());
        let mut batch = Proofs::default();
        for (claim, (proof, transcript)) in claims.iter().zip(proofs) {
            let commitments = Commitments::of(claim.report());
            batch.statements.push(commitments.statement(&shared.range));
            batch.proofs.push(proof);
            digests.push(transcript.clone().challenge("batch"));
            batch.transcripts.push(transcript.into_merlin());
        }
        let all = 0..claims.len();
        let (sigma, range) = rayon::join(
            || {
                culprits(all.clone(), &|part| {
                    sigma::hold(shared, &claims[part.clone()], &digests[part])
                })
            },
            || culprits(all.clone(), &|part| batch.hold(part)),
        );
        let refusal = |(k, claim): (usize, &Claim)| {
            let by_sigma = sigma
                .binary_search(&k)
                .is_ok()
                .then(|| claim.broken(shared));
            let by_range = || {
                range
                    .binary_search(&k)
                    .is_ok()
                    .then(|| range::refuse_proof(claim.report()))
            };
            by_sigma.flatten().or_else(by_range)
        };
        claims.iter().enumerate().map(refusal).collect()
    }
}
