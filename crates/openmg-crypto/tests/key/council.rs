//! A council of authorities for the tests of the key generation, and a dealer that proves what it is told to.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use openmg_crypto::derive::fresh_scalar;
use openmg_crypto::key::Generation;
use openmg_crypto::sealed;
use openmg_crypto::transcript::Transcript;

/// The chain of all tests.
pub const CHAIN: [u8; 32] = [7; 32];

/// n authorities with ephemeral keys; index j is at place j − 1.
pub struct Council {
    pub place: Generation<'static>,
    pub secrets: Vec<Scalar>,
    pub ephemerals: Vec<[u8; 32]>,
}

/// A deal before its proof; whoever changes it decides what to claim to know.
pub struct Draft {
    pub dealer: u64,
    /// The coefficients of f.
    pub polynomial: Vec<Scalar>,
    pub boxes: Vec<Vec<u8>>,
    /// What the dealer takes for the secrets of the boxes.
    pub senders: Vec<Scalar>,
}

impl Council {
    pub fn new(n: u64) -> Self {
        let secrets: Vec<Scalar> = (0..n).map(|_| *fresh_scalar()).collect();
        let ephemerals = secrets
            .iter()
            .map(|x| RistrettoPoint::mul_base(x).compress().0)
            .collect();
        let threshold = 2 * n / 3 + 1;
        let place = Generation {
            chain: &CHAIN,
            epoch: 3,
            attempt: 1,
            authorities: n,
            threshold,
        };
        Self {
            place,
            secrets,
            ephemerals,
        }
    }

    pub fn deal(&self, dealer: u64) -> Vec<u8> {
        self.place.deal(dealer, &self.ephemerals).unwrap().0
    }

    pub fn check(&self, dealer: u64, deal: &[u8]) -> Result<(), &'static str> {
        self.place
            .check_deal(dealer, &self.ephemerals[dealer as usize - 1], deal)
            .map_err(|refused| refused.clause)
    }

    pub fn share(&self, dealer: u64, j: u64, deal: &[u8]) -> Result<[u8; 32], &'static str> {
        let secret = &self.secrets[j as usize - 1];
        let share = self.place.open_share(dealer, j, secret, deal);
        share
            .map(|share| share.to_bytes())
            .map_err(|refused| refused.clause)
    }

    /// The announced key of authority j.
    pub fn ephemeral(&self, j: u64) -> RistrettoPoint {
        RistrettoPoint::mul_base(&self.secrets[j as usize - 1])
    }

    /// Where the box for j is in a deal.
    pub fn box_at(&self, j: u64) -> std::ops::Range<usize> {
        let start = 32 * self.place.threshold as usize + 80 * (j as usize - 1);
        start..start + 80
    }

    /// Where the proof `T ‖ U ‖ z ‖ y` of a deal starts.
    pub fn proof_at(&self) -> usize {
        self.box_at(self.place.authorities).end
    }

    /// What is associated with the box from a dealer to a recipient.
    pub fn context(&self, dealer: u64, recipient: u64) -> Vec<u8> {
        let place = &self.place;
        let numbers = [place.epoch, place.attempt, dealer, recipient].map(u64::to_le_bytes);
        let label = b"openmg/1/key/share".as_slice();
        [label, place.chain, numbers.as_flattened()].concat()
    }

    /// A deal by the rules, still without its proof.
    pub fn draft(&self, dealer: u64) -> Draft {
        let t = self.place.threshold;
        let mut draft = Draft {
            dealer,
            polynomial: (0..t).map(|_| *fresh_scalar()).collect(),
            boxes: Vec::new(),
            senders: Vec::new(),
        };
        for j in 1..=self.place.authorities {
            let share = draft
                .polynomial
                .iter()
                .rev()
                .fold(Scalar::ZERO, |value, a| value * Scalar::from(j) + a);
            draft.boxes.push(Vec::new());
            draft.senders.push(Scalar::ZERO);
            self.seal(&mut draft, j, &share.to_bytes());
        }
        draft
    }

    /// Seals something to one recipient of a draft.
    pub fn seal(&self, draft: &mut Draft, recipient: u64, plaintext: &[u8; 32]) {
        let aad = self.context(draft.dealer, recipient);
        let (sealed, sender) =
            sealed::seal_with_secret(&self.ephemeral(recipient), &aad, plaintext);
        draft.boxes[recipient as usize - 1] = sealed;
        draft.senders[recipient as usize - 1] = *sender;
    }

    /// The deal of a draft, proved with what its dealer takes for the secrets (WIRE-8).
    pub fn prove(&self, draft: &Draft) -> Vec<u8> {
        let place = &self.place;
        let mut transcript = Transcript::new("openmg/1/key");
        transcript.message("chain", place.chain);
        transcript.u64("epoch", place.epoch);
        transcript.u64("attempt", place.attempt);
        transcript.u64("n", place.authorities);
        transcript.u64("t", place.threshold);
        transcript.u64("dealer", draft.dealer);
        transcript.message("ephemeral", &self.ephemerals[draft.dealer as usize - 1]);
        let encode = |a: &Scalar| RistrettoPoint::mul_base(a).compress().0;
        let coefficients: Vec<_> = draft.polynomial.iter().map(encode).collect();
        for coefficient in &coefficients {
            transcript.message("A", coefficient);
        }
        for sealed in &draft.boxes {
            transcript.message("box", sealed);
        }
        let weights = transcript.weights("w", draft.boxes.len());
        let terms = weights.iter().zip(&draft.senders).map(|(w, e)| w * e);
        let weighted: Scalar = terms.sum();
        let (k, l) = (*fresh_scalar(), *fresh_scalar());
        transcript.message("T", &encode(&k));
        transcript.message("U", &encode(&l));
        let c = transcript.scalar("c");
        let responses = [k + c * draft.polynomial[0], l + c * weighted].map(|s| s.to_bytes());
        [
            coefficients.concat(),
            draft.boxes.concat(),
            [encode(&k), encode(&l)].concat(),
            responses.concat(),
        ]
        .concat()
    }
}
