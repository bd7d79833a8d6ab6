//! Making a report: commitments, the sigma proof, the range proof, the memo, the signature (MARKET-2..5, ACCOUNT-8).

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use zeroize::Zeroizing;

use super::range::{self, Commitments};
use super::sigma::{self, Secrets};
use super::statement::{Binding, Shared, Statement};
use super::wire::{Head, LIMBS, RANGE_PROOF};
use super::witness::{self, Request, Values, account_seed};
use crate::derive::{fresh, key32, scalar};
use crate::error::{Refused, Result};
use crate::group::{generator_table, signed_scalar};
use crate::transcript::Transcript;
use crate::{meter, sealed, signature};

impl Statement {
    /// Makes a whole signed report transaction; secrets are multiplied in constant time, save in the range prover
    /// (MARKET-12 is the remedy). Refuses a request that is not true: ACCOUNT-8, MARKET-5.
    pub fn prove(&self, request: &Request) -> Result<Vec<u8>> {
        let shared = self.shared();
        let values = witness::check(shared, request)?;
        let draft = Draft::new(shared, request, values);
        let mut transcript = draft.binding().transcript();
        let sigma = sigma::prove(&shared.bases, &mut transcript, &draft.secrets());
        let range = draft.prove_range(transcript)?;
        Ok(draft.sign(&sigma, &range))
    }
}

/// The committed part of a report and everything secret behind it.
pub(super) struct Draft<'a> {
    shared: &'a Shared,
    request: &'a Request<'a>,
    pub head: Head,
    salt: Zeroizing<[u8; 32]>,
    pub values: Values,
    /// Randomness of the pairs in wire order.
    randomness: Zeroizing<Vec<Scalar>>,
    limb_randomness: Zeroizing<Vec<Scalar>>,
    pub r: Vec<RistrettoPoint>,
    pub c: Vec<RistrettoPoint>,
    pub limbs: Vec<RistrettoPoint>,
}

impl<'a> Draft<'a> {
    /// Commits to `values` with randomness derived from the seed and fresh bytes (MARKET-2).
    pub fn new(shared: &'a Shared, request: &'a Request<'a>, values: Values) -> Self {
        let head = head(shared, request);
        let context = shared.context(&head);
        let encoded = witness::encode(shared, request);
        let fresh = fresh::<32>();
        let salt = key32(
            request.seed,
            "openmg/1/report/salt",
            &[&context, &encoded, fresh.as_slice()],
        );
        let derived = |index: usize| {
            let index = (index as u16).to_le_bytes();
            *scalar(
                request.seed,
                "openmg/1/report/randomness",
                &[salt.as_slice(), &context, &index],
            )
        };
        let ladder = 2 * shared.layout.rungs;
        let mut randomness = Zeroizing::new(Vec::with_capacity(ladder + 2));
        randomness.extend((0..ladder).map(derived));
        randomness.extend(meter::randomness(request.opening).iter());
        let limb_randomness =
            Zeroizing::new((ladder..ladder + LIMBS).map(derived).collect::<Vec<_>>());
        let commit = |(value, blinding): (&i128, &Scalar)| {
            generator_table() * &*Zeroizing::new(signed_scalar(*value))
                + &shared.epoch_key().table * blinding
        };
        Self {
            r: randomness.iter().map(RistrettoPoint::mul_base).collect(),
            c: values
                .pairs
                .iter()
                .zip(randomness.iter())
                .map(commit)
                .collect(),
            limbs: values
                .limbs
                .iter()
                .zip(limb_randomness.iter())
                .map(commit)
                .collect(),
            shared,
            request,
            head,
            salt,
            values,
            randomness,
            limb_randomness,
        }
    }

    /// R ‖ C of every pair.
    fn pair_bytes(&self) -> Vec<u8> {
        let points = self.r.iter().zip(&self.c).flat_map(|(r, c)| [r, c]);
        points
            .flat_map(|point| point.compress().to_bytes())
            .collect()
    }

    fn limb_bytes(&self) -> Vec<u8> {
        self.limbs
            .iter()
            .flat_map(|limb| limb.compress().to_bytes())
            .collect()
    }

    /// The balance that the request opens.
    fn base(&self) -> [u8; 32] {
        let value = Zeroizing::new(signed_scalar(self.request.base_value));
        let blindings = self.shared.bases.iter().zip(self.request.base_blindings);
        let blinding: RistrettoPoint = blindings
            .map(|(base, blinding)| &base.table * blinding)
            .sum();
        (generator_table() * &*value + blinding)
            .compress()
            .to_bytes()
    }

    /// What the transcript absorbs.
    pub fn binding(&self) -> Binding {
        let (pairs, limbs) = (self.pair_bytes(), self.limb_bytes());
        self.shared.binding(
            &self.head,
            self.base(),
            &pairs,
            &limbs,
            *self.request.meter_signature,
        )
    }

    /// Witness of the sigma proof.
    pub fn secrets(&self) -> Secrets {
        let limbs = self.limb_randomness.iter().rev();
        let headroom = limbs.fold(Scalar::ZERO, |sum, blinding| {
            sum * Scalar::from(1u64 << 16) + blinding
        });
        let bought: Scalar = self.randomness[..self.shared.layout.rungs].iter().sum();
        let mut differences: Vec<Scalar> = self
            .request
            .base_blindings
            .iter()
            .map(|blinding| -blinding)
            .collect();
        differences[0] += headroom + Scalar::from(self.shared.lambda()) * bought;
        Secrets {
            values: Zeroizing::new(
                self.values
                    .pairs
                    .iter()
                    .map(|value| signed_scalar(*value))
                    .collect(),
            ),
            randomness: self.randomness.clone(),
            differences: Zeroizing::new(differences),
        }
    }

    /// Values and blindings in the range proof's order.
    pub fn openings(&self) -> (Zeroizing<Vec<i128>>, Zeroizing<Vec<Scalar>>) {
        let values = range::arrange(
            &self.values.pairs,
            range::slack(&self.values.pairs),
            &self.values.limbs,
            0,
        );
        let slack = range::slack(&self.randomness);
        let blindings =
            range::arrange(&self.randomness, slack, &self.limb_randomness, Scalar::ZERO);
        (Zeroizing::new(values), Zeroizing::new(blindings))
    }

    /// The commitments to those openings.
    pub fn commitments(&self) -> Commitments {
        Commitments::new(&self.c, &self.limbs, &self.pair_bytes(), &self.limb_bytes())
    }

    fn prove_range(&self, transcript: Transcript) -> Result<[u8; RANGE_PROOF]> {
        let (values, blindings) = self.openings();
        let values = Zeroizing::new(values.iter().map(|&value| value as u64).collect::<Vec<_>>());
        range::prove(
            &self.shared.range,
            transcript,
            self.commitments(),
            &values,
            &blindings,
        )
        .map_err(|_| Refused::new("MARKET-5", "a value is out of range"))
    }

    /// The whole transaction: the proofs, the memo sealed to the owner, the account's signature.
    pub fn sign(&self, sigma: &[u8], range: &[u8]) -> Vec<u8> {
        let encoded = witness::encode(self.shared, self.request);
        let memo = Zeroizing::new(
            [
                self.request.opening.as_slice(),
                self.salt.as_slice(),
                &encoded,
            ]
            .concat(),
        );
        let owner = scalar(self.request.seed, "openmg/1/wallet/memo", &[]);
        let owner = RistrettoPoint::mul_base(&owner);
        let mut tx = self.head.encode();
        tx.extend(self.pair_bytes());
        tx.extend(self.limb_bytes());
        tx.extend(self.request.meter_signature);
        tx.extend(sigma);
        tx.extend(range);
        tx.extend(sealed::seal(
            &owner,
            &self.shared.context(&self.head),
            &memo,
        ));
        tx.extend(signature::sign(
            &account_seed(self.request.seed),
            &self.shared.signed_message(&tx),
        ));
        tx
    }
}

fn head(shared: &Shared, request: &Request) -> Head {
    Head {
        account: *request.account,
        slot: request.slot,
        version: request.version,
        checkpoint: request.checkpoint,
        epoch: request.epoch,
        bases: shared.layout.bases as u8,
    }
}
