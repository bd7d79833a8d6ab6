//! A household with a meter, a ladder and a balance, for the tests of reports.

use curve25519_dalek::Scalar;
use curve25519_dalek::ristretto::RistrettoPoint;
use openmg_crypto::meter::{Reading, randomness};
use openmg_crypto::report::testing::{Forgery, account_seed, forge};
use openmg_crypto::report::{Accepted, Item, Request, Statement};
use openmg_crypto::{Result, group, signature};

pub const CHAIN: [u8; 32] = [7; 32];
pub const SLOT: u64 = 1000;
pub const FEE: u64 = 5_000;
const METER: [u8; 32] = [9; 32];

pub struct Home {
    pub statement: Statement,
    pub keys: Vec<RistrettoPoint>,
    pub levels: Vec<u64>,
    pub seed: [u8; 32],
    pub account: [u8; 32],
    pub base_value: i128,
    pub base_blindings: Vec<Scalar>,
    pub imported: u64,
    pub exported: u64,
    pub buy: Vec<u64>,
    pub sell: Vec<u64>,
    pub opening: [u8; 32],
    pub meter_signature: [u8; 64],
}

impl Home {
    /// A home with `rungs` levels and a balance under `bases` epoch keys that covers its ladder.
    pub fn new(rungs: usize, bases: usize) -> Self {
        let keys: Vec<_> = (0..bases)
            .map(|k| RistrettoPoint::mul_base(&Scalar::from(90 + k as u64)))
            .collect();
        let levels: Vec<_> = (0..rungs as u64).map(|k| 120_000 + 30_000 * k).collect();
        let encoded: Vec<_> = keys.iter().map(|key| key.compress().to_bytes()).collect();
        let seed = [3; 32];
        let mut home = Self {
            statement: Statement::new(CHAIN, &encoded, &levels, FEE).unwrap(),
            keys,
            levels,
            seed,
            account: signature::public_key(&account_seed(&seed)),
            base_value: 0,
            base_blindings: (0..bases).map(|k| Scalar::from(70 + k as u64)).collect(),
            imported: 5_000,
            exported: 65_535,
            buy: (0..rungs as u64).map(|k| 4_000 - 100 * k).collect(),
            sell: (0..rungs as u64).map(|k| 100 * k).collect(),
            opening: [11; 32],
            meter_signature: [0; 64],
        };
        home.base_value = home.locked() + (1 << 40) + 12_345;
        home.sign_reading();
        home
    }

    /// λ.
    pub fn lambda(&self) -> i128 {
        i128::from(65536 * (self.levels[self.levels.len() - 1] + FEE))
    }

    /// λ·b_1.
    pub fn locked(&self) -> i128 {
        self.lambda() * i128::from(self.buy[0])
    }

    /// Signs the reading, also one that no honest meter would sign.
    pub fn sign_reading(&mut self) {
        let epoch_key = self.keys[0].compress().to_bytes();
        let reading = Reading {
            chain: &CHAIN,
            account: &self.account,
            slot: SLOT,
            epoch_key: &epoch_key,
        };
        let mut pairs = Vec::new();
        for (value, randomness) in [self.imported, self.exported]
            .into_iter()
            .zip(&*randomness(&self.opening))
        {
            let (r, c) = group::pair(&Scalar::from(value), randomness, &self.keys[0]);
            pairs.extend([r.compress().to_bytes(), c.compress().to_bytes()]);
        }
        self.meter_signature = signature::sign(&METER, &reading.message(pairs.as_flattened()));
    }

    pub fn request(&self) -> Request<'_> {
        Request {
            seed: &self.seed,
            account: &self.account,
            slot: SLOT,
            version: 4,
            checkpoint: 990,
            epoch: 2,
            base_value: self.base_value,
            base_blindings: &self.base_blindings,
            opening: &self.opening,
            imported: self.imported,
            exported: self.exported,
            meter_signature: &self.meter_signature,
            buy: &self.buy,
            sell: &self.sell,
        }
    }

    pub fn prove(&self) -> Result<Vec<u8>> {
        self.statement.prove(&self.request())
    }

    pub fn forge(&self, forgery: &Forgery) -> Vec<u8> {
        forge(&self.statement, &self.request(), forgery)
    }

    /// The folded balance.
    pub fn base(&self) -> RistrettoPoint {
        let value = group::generator() * group::signed_scalar(self.base_value);
        self.keys
            .iter()
            .zip(&self.base_blindings)
            .fold(value, |sum, (key, blinding)| sum + key * blinding)
    }

    pub fn verdict(&self, tx: &[u8]) -> Result<Accepted> {
        self.verdict_on(tx, self.base())
    }

    /// The verdict, of our verifier and of the library's alike.
    pub fn verdict_on(&self, tx: &[u8], base: RistrettoPoint) -> Result<Accepted> {
        let base = base.compress().to_bytes();
        self.verdicts(&[(tx, base)]).remove(0)
    }

    /// The verdicts on a batch, of our verifier and of the library's alike.
    pub fn verdicts(&self, reports: &[(&[u8], [u8; 32])]) -> Vec<Result<Accepted>> {
        let meter = self.meter();
        let items: Vec<_> = reports
            .iter()
            .map(|(tx, base)| Item {
                tx,
                base,
                meter: &meter,
            })
            .collect();
        let verdicts = self.statement.verify(&items);
        assert_eq!(verdicts, self.statement.verify_by_library(&items));
        verdicts
    }

    pub fn meter(&self) -> [u8; 32] {
        signature::public_key(&METER)
    }

    /// Signs a changed transaction anew with the account's key.
    pub fn sign_again(&self, tx: &mut [u8]) {
        let (body, old) = tx.split_at_mut(self.statement.layout().signature().start);
        let message = [b"openmg/1/tx".as_slice(), &CHAIN, body].concat();
        old.copy_from_slice(&signature::sign(&account_seed(&self.seed), &message));
    }
}
