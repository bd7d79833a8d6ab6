//! The sigma proof: every R matches its C, and the headroom is the balance less what is locked (MARKET-4, MARKET-5).
//!
//! Three equations, kept apart by independent weights and never merged under H + γP.

use curve25519_dalek::Scalar;
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::{IsIdentity, VartimeMultiscalarMul};
use zeroize::Zeroizing;

use super::combination::Combination;
use super::montgomery::Montgomery;
use super::range::{self, COMMITMENTS};
use super::statement::{Base, Shared};
use super::wire::Report;
use crate::error::Refused;
use crate::group::{derived_point, generator, generator_table};
use crate::transcript::Transcript;

/// What each equation says when it alone does not hold.
const BROKEN: [(&str, &str); 3] = [
    ("MARKET-4", "the points R do not have the proved randomness"),
    ("MARKET-4", "the points C do not match their R"),
    (
        "MARKET-5",
        "the headroom is not the balance less the locked amount",
    ),
];

/// What the prover knows.
pub(super) struct Secrets {
    /// Values of the pairs in wire order.
    pub values: Zeroizing<Vec<Scalar>>,
    /// Their randomness.
    pub randomness: Zeroizing<Vec<Scalar>>,
    /// δ_1..δ_E of the headroom equation.
    pub differences: Zeroizing<Vec<Scalar>>,
}

/// Proves; returns `T_1 ‖ T_2 ‖ T_3 ‖ z_ρ ‖ z_M ‖ z_δ1 …` and leaves the transcript ready for the range proof.
pub(super) fn prove(bases: &[Base], transcript: &mut Transcript, secrets: &Secrets) -> Vec<u8> {
    let weights = transcript.weights("w", secrets.values.len());
    let rho = Zeroizing::new(inner(&weights, &secrets.randomness));
    let value = Zeroizing::new(inner(&weights, &secrets.values));

    let mut nonces = transcript.nonces(&secrets.witness().each_ref().map(|bytes| bytes.as_slice()));
    let (a, b) = (nonces.scalar(), nonces.scalar());
    let d: Zeroizing<Vec<Scalar>> =
        Zeroizing::new(bases.iter().map(|_| *nonces.scalar()).collect());
    let announcements = [
        RistrettoPoint::mul_base(&a),
        generator_table() * &*b + &bases[0].table * &*a,
        bases
            .iter()
            .zip(d.iter())
            .map(|(base, d)| &base.table * d)
            .sum(),
    ];
    let announcements = announcements.map(|point| point.compress().to_bytes());
    let c = challenge(transcript, announcements.as_flattened());

    let mut responses = vec![*a + c * *rho, *b + c * *value];
    responses.extend(
        d.iter()
            .zip(secrets.differences.iter())
            .map(|(d, delta)| d + c * delta),
    );
    absorb(transcript, &responses);
    let mut proof = announcements.concat();
    proof.extend(responses.iter().flat_map(|z| z.to_bytes()));
    proof
}

impl Secrets {
    fn witness(&self) -> [Zeroizing<Vec<u8>>; 3] {
        [&self.values, &self.randomness, &self.differences].map(|scalars| {
            Zeroizing::new(
                scalars
                    .iter()
                    .flat_map(|scalar| scalar.to_bytes())
                    .collect(),
            )
        })
    }
}

fn inner(weights: &[Scalar], secrets: &[Scalar]) -> Scalar {
    weights
        .iter()
        .zip(secrets)
        .map(|(weight, secret)| weight * secret)
        .sum()
}

fn challenge(transcript: &mut Transcript, announcements: &[u8]) -> Scalar {
    for (label, point) in ["T1", "T2", "T3"]
        .into_iter()
        .zip(announcements.chunks_exact(32))
    {
        transcript.message(label, point);
    }
    transcript.scalar("c")
}

fn absorb(transcript: &mut Transcript, responses: &[Scalar]) {
    for response in responses {
        transcript.message("z", response.as_bytes());
    }
}

/// One report's equations, ready to be checked.
pub(super) struct Claim<'a> {
    report: Report<'a>,
    /// The folded balance.
    base: RistrettoPoint,
    weights: Vec<Scalar>,
    challenge: Scalar,
}

impl<'a> Claim<'a> {
    /// Replays the transcript of a decoded report; it is then ready for the range proof.
    pub fn new(
        shared: &Shared,
        report: Report<'a>,
        base: [u8; 32],
    ) -> crate::Result<(Self, Transcript)> {
        let point = derived_point(&base, "the base")?;
        let mut transcript = shared.binding_of(&report, base).transcript();
        let weights = transcript.weights("w", report.c.len());
        let challenge = challenge(&mut transcript, &report.tx[report.layout.announcements()]);
        absorb(&mut transcript, &report.responses);
        Ok((
            Self {
                report,
                base: point,
                weights,
                challenge,
            },
            transcript,
        ))
    }

    /// The report that claims.
    pub fn report(&self) -> &Report<'a> {
        &self.report
    }

    /// Adds the three equations, each times its weight, left side less right side; and the factors that the range proof
    /// has for its commitments, so that no point is multiplied twice.
    pub fn add_to(
        &self,
        combination: &mut Combination,
        shared: &Shared,
        weights: [Montgomery; 3],
        commitments: &[Montgomery; COMMITMENTS],
    ) {
        let report = &self.report;
        let [z_rho, z_value, z_deltas @ ..] = report.responses.as_slice() else {
            unreachable!("a report has two responses and one for each base")
        };
        let (z_rho, z_value) = (Montgomery::from(z_rho), Montgomery::from(z_value));
        combination.base += weights[0] * z_rho;
        combination.value += weights[1] * z_value;
        combination.keys[0] += weights[1] * z_rho;
        for (key, z_delta) in combination.keys.iter_mut().zip(z_deltas) {
            *key += weights[2] * Montgomery::from(z_delta);
        }
        let c = -Montgomery::from(&self.challenge);
        let [first, second, third] = weights.map(|weight| weight * c);
        let locked = third * Montgomery::from(shared.lambda());
        let ranged = range::gather(report.layout.rungs, commitments);
        for (j, weight) in self.weights.iter().map(Montgomery::from).enumerate() {
            let bought = if j < report.layout.rungs {
                locked
            } else {
                Montgomery::ZERO
            };
            combination.add(first * weight, report.r[j]);
            combination.add(second * weight + bought + ranged.pairs[j], report.c[j]);
        }
        let mut limb = third;
        for (point, ranged) in report.limbs.iter().zip(ranged.limbs) {
            combination.add(limb + ranged, *point);
            limb = limb * Montgomery::from(1 << 16);
        }
        combination.add(-third, self.base);
        for (weight, announcement) in weights.into_iter().zip(&report.announcements) {
            combination.add(-weight, *announcement);
        }
    }

    /// The clause and the reason, tested equation by equation.
    pub fn broken(&self, shared: &Shared) -> Option<Refused> {
        let alone =
            |k: usize| std::array::from_fn(|j| if j == k { Scalar::ONE } else { Scalar::ZERO });
        let broken = (0..3).find(|&k| !residue(shared, &[(self, alone(k))]).is_identity())?;
        let (clause, reason) = BROKEN[broken];
        Some(Refused::new(clause, reason))
    }
}

/// Whether the sigma proofs of all claims hold. The weights are 128 bits for each equation of each claim and follow from
/// all of them through the digests, which are drawn after the responses.
pub(super) fn hold(shared: &Shared, claims: &[Claim], digests: &[[u8; 32]]) -> bool {
    let mut transcript = Transcript::new("openmg/1/report/batch");
    for digest in digests {
        transcript.message("claim", digest);
    }
    let factors = transcript.weights("factors", 3 * claims.len());
    let weighted: Vec<_> = claims
        .iter()
        .zip(factors.chunks_exact(3))
        .map(|(claim, factors)| (claim, [factors[0], factors[1], factors[2]]))
        .collect();
    residue(shared, &weighted).is_identity()
}

/// `Σ factor·(left side − right side)` over the three equations of every claim; the identity when all hold.
fn residue(shared: &Shared, weighted: &[(&Claim, [Scalar; 3])]) -> RistrettoPoint {
    let capacity = weighted.len() * (2 * shared.layout.pairs() + 8) + 2 + shared.bases.len();
    let mut terms = Terms {
        scalars: Vec::with_capacity(capacity),
        points: Vec::with_capacity(capacity),
    };
    let (mut base, mut value) = (Scalar::ZERO, Scalar::ZERO);
    let mut keys = vec![Scalar::ZERO; shared.bases.len()];
    let lambda = Scalar::from(shared.lambda());
    for (claim, factors) in weighted {
        terms.add_claim(claim, factors, &lambda);
        let [first, second, third] = factors;
        let (z_rho, z_value) = (&claim.report.responses[0], &claim.report.responses[1]);
        base += first * z_rho;
        value += second * z_value;
        keys[0] += second * z_rho;
        for (key, z_delta) in keys.iter_mut().zip(&claim.report.responses[2..]) {
            *key += third * z_delta;
        }
    }
    terms.add(base, RISTRETTO_BASEPOINT_POINT);
    terms.add(value, *generator());
    for (key, base) in keys.into_iter().zip(&shared.bases) {
        terms.add(key, base.point);
    }
    RistrettoPoint::vartime_multiscalar_mul(&terms.scalars, &terms.points)
}

/// A linear combination in the making.
struct Terms {
    scalars: Vec<Scalar>,
    points: Vec<RistrettoPoint>,
}

impl Terms {
    fn add(&mut self, scalar: Scalar, point: RistrettoPoint) {
        self.scalars.push(scalar);
        self.points.push(point);
    }

    /// What a claim subtracts: its announcements and c times its statement.
    fn add_claim(&mut self, claim: &Claim, factors: &[Scalar; 3], lambda: &Scalar) {
        let report = &claim.report;
        let [first, second, third] = factors.map(|factor| -(factor * claim.challenge));
        let locked = third * lambda;
        for (j, weight) in claim.weights.iter().enumerate() {
            let buying = if j < report.layout.rungs {
                locked
            } else {
                Scalar::ZERO
            };
            self.add(first * weight, report.r[j]);
            self.add(second * weight + buying, report.c[j]);
        }
        for (j, limb) in report.limbs.iter().enumerate() {
            self.add(third * Scalar::from(1u64 << (16 * j)), *limb);
        }
        self.add(-third, claim.base);
        for (factor, announcement) in factors.iter().zip(&report.announcements) {
            self.add(-factor, *announcement);
        }
    }
}
