//! A dishonest prover, for tests alone: it proves what it is told, as well as it can be proved. And a look into the
//! verifier's batch.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use tari_bulletproofs_plus::generators::pedersen_gens::ExtensionDegree;
use tari_bulletproofs_plus::range_parameters::RangeParameters;
use tari_bulletproofs_plus::ristretto::create_pedersen_gens_with_extension_degree;

use super::equation::{Equation, RangeProof};
use super::prove::Draft;
use super::range::{self, COMMITMENTS, Parameters};
use super::sigma::{self, Claim};
pub use super::statement::Binding;
use super::statement::Statement;
use super::verifier::{self, Check};
pub use super::wire::Head;
use super::wire::Report;
use super::witness;
pub use super::witness::{Request, Values, account_seed};

/// Points of a draft: R and C of the pairs in wire order.
pub type Points<'a> = (&'a mut Vec<RistrettoPoint>, &'a mut Vec<RistrettoPoint>);

/// What is bent on the way. Nothing, by default.
pub struct Forgery<'a> {
    /// The committed values, after the request gave them.
    pub values: &'a dyn Fn(&mut Values),
    /// The points, after they were committed to.
    pub points: &'a dyn Fn(Points),
    /// What the prover's transcript absorbs.
    pub binding: &'a dyn Fn(&mut Binding),
    /// The blindings that the range proof opens, in its order.
    pub blindings: &'a dyn Fn(&mut [Scalar]),
    /// Range proof under the library's own bases.
    pub default_bases: bool,
}

impl Default for Forgery<'_> {
    fn default() -> Self {
        Self {
            values: &|_| (),
            points: &|_| (),
            binding: &|_| (),
            blindings: &|_| (),
            default_bases: false,
        }
    }
}

/// A signed report that nobody checked. Its range proof is about the true commitments where their values are in
/// range, otherwise about commitments to the values modulo 2^16.
pub fn forge(statement: &Statement, request: &Request, forgery: &Forgery) -> Vec<u8> {
    let shared = statement.shared();
    let mut values = witness::values(shared, request);
    (forgery.values)(&mut values);
    let mut draft = Draft::new(shared, request, values);
    let secrets = draft.secrets();
    (forgery.points)((&mut draft.r, &mut draft.c));
    let mut binding = draft.binding();
    (forgery.binding)(&mut binding);
    let mut transcript = binding.transcript();
    let sigma = sigma::prove(&shared.bases, &mut transcript, &secrets);

    let ((values, mut blindings), mut commitments) = (draft.openings(), draft.commitments());
    (forgery.blindings)(&mut blindings);
    let parameters = if forgery.default_bases {
        &library_bases()
    } else {
        &*shared.range
    };
    let values: Vec<u64> = values
        .iter()
        .map(|value| u64::from(*value as u16))
        .collect();
    let bases = parameters.pc_gens();
    let opens = values.iter().zip(blindings.iter());
    commitments.points = opens
        .map(|(value, blinding)| {
            Scalar::from(*value) * bases.h_base + blinding * bases.g_base_vec[0]
        })
        .collect();
    let range = range::prove(parameters, transcript, commitments, &values, &blindings)
        .expect("values are in range");
    draft.sign(&sigma, &range)
}

fn library_bases() -> Parameters {
    let bases = create_pedersen_gens_with_extension_degree(ExtensionDegree::DefaultPedersen);
    RangeParameters::init(16, COMMITMENTS, bases).expect("powers of two")
}

/// A report that can be decoded, with its folded balance.
pub type Claimed<'a> = (&'a [u8], [u8; 32]);

fn opened<'a>(statement: &Statement, (tx, base): Claimed<'a>) -> (Claim<'a>, Equation) {
    let shared = statement.shared();
    let report = Report::decode(shared.layout, tx).expect("it can be decoded");
    let proof = RangeProof::decode(&report).expect("its scalars are canonical");
    let (claim, transcript) = Claim::new(shared, report, base).expect("a canonical base");
    let equation = Equation::replay(shared, claim.report(), &proof, transcript);
    (claim, equation.expect("its points are canonical"))
}

/// What stands for a report in the weights of its batch.
pub fn digest(statement: &Statement, claimed: Claimed) -> [u8; 32] {
    opened(statement, claimed).1.digest
}

/// Whether the equations of these reports add up to the identity under given weights, four for each report: the sigma
/// proof's three and the range proof's.
pub fn vanish(statement: &Statement, reports: &[Claimed], weights: &[Scalar]) -> bool {
    let opened: Vec<_> = reports
        .iter()
        .map(|claimed| opened(statement, *claimed))
        .collect();
    let checks = opened.iter().enumerate();
    let checks: Vec<_> = checks
        .map(|(index, (claim, equation))| Check {
            index,
            claim,
            equation,
        })
        .collect();
    verifier::vanish(statement.shared(), &checks, weights, 1)
}
