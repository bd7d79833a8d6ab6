//! A dishonest prover, for tests alone: it proves what it is told, as well as it can be proved.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use tari_bulletproofs_plus::generators::pedersen_gens::ExtensionDegree;
use tari_bulletproofs_plus::range_parameters::RangeParameters;
use tari_bulletproofs_plus::ristretto::create_pedersen_gens_with_extension_degree;

use super::prove::Draft;
use super::range::{self, COMMITMENTS, Parameters};
use super::sigma;
pub use super::statement::Binding;
use super::statement::Statement;
pub use super::wire::Head;
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
