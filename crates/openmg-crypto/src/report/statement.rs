//! What the reports of one slot share, and the transcript that binds a report to everything it speaks of (MARKET-4).

use std::sync::Arc;

use curve25519_dalek::ristretto::{RistrettoBasepointTable, RistrettoPoint};

use super::range::{self, Parameters};
use super::wire::{Head, Layout, MAX_BASES, MAX_RUNGS, Report, fixed};
use crate::error::{Refused, Result};
use crate::group::{BASE, generator_bytes, received_point};
use crate::meter::Reading;
use crate::transcript::Transcript;

/// Prices and the fee are below this (µKRW/Wh), so that λ stays below 2^62.
const PRICE_LIMIT: u64 = 1 << 45;

/// What all reports of one slot and one set of epoch bases share. Cheap to clone.
#[derive(Clone)]
pub struct Statement(Arc<Shared>);

pub(super) struct Shared {
    pub chain: [u8; 32],
    pub bases: Vec<Base>,
    pub levels: Vec<u64>,
    pub fee: u64,
    pub layout: Layout,
    pub range: Arc<Parameters>,
}

/// An epoch key: as a point, as bytes, and its multiples for constant-time multiplication.
pub(super) struct Base {
    pub point: RistrettoPoint,
    pub bytes: [u8; 32],
    pub table: RistrettoBasepointTable,
}

impl Statement {
    /// `epoch_keys`: H_1..H_E, the current one first; `levels`: ℓ_1..ℓ_K rising, and `fee`, both in µKRW/Wh.
    ///
    /// Refuses with MARKET-3 keys that are no canonical points, are the identity or repeat, with MARKET-8 an impossible
    /// ladder.
    pub fn new(chain: [u8; 32], epoch_keys: &[[u8; 32]], levels: &[u64], fee: u64) -> Result<Self> {
        check_ladder(levels, fee)?;
        if !(1..=MAX_BASES).contains(&epoch_keys.len()) {
            return Err(Refused::new(
                "MARKET-3",
                format!("{} epoch keys, not 1 to 8", epoch_keys.len()),
            ));
        }
        if (1..epoch_keys.len()).any(|j| epoch_keys[..j].contains(&epoch_keys[j])) {
            return Err(Refused::new("MARKET-3", "an epoch key is repeated"));
        }
        let bases = epoch_keys
            .iter()
            .map(Base::decode)
            .collect::<Result<Vec<_>>>()?;
        Ok(Self(Arc::new(Shared {
            chain,
            levels: levels.to_vec(),
            fee,
            layout: Layout {
                rungs: levels.len(),
                bases: bases.len(),
            },
            range: range::parameters(&bases[0].point, bases[0].bytes),
            bases,
        })))
    }

    /// Where everything is in a report transaction.
    pub fn layout(&self) -> Layout {
        self.0.layout
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.0
    }
}

impl Base {
    fn decode(bytes: &[u8; 32]) -> Result<Self> {
        let point = received_point(bytes, "an epoch key")?;
        Ok(Self {
            point,
            bytes: *bytes,
            table: RistrettoBasepointTable::create(&point),
        })
    }
}

impl Shared {
    /// λ = 65536·(ℓ_K + fee), in µKRW/65536 per unit of energy.
    pub fn lambda(&self) -> u64 {
        (self.levels[self.levels.len() - 1] + self.fee) << 16
    }

    /// The current epoch key H_1.
    pub fn epoch_key(&self) -> &Base {
        &self.bases[0]
    }

    /// `chain ‖ account ‖ slot ‖ version ‖ H_e`, 112 bytes (WIRE-3).
    pub fn context(&self, head: &Head) -> Vec<u8> {
        let (slot, version) = (head.slot.to_le_bytes(), head.version.to_le_bytes());
        [
            self.chain.as_slice(),
            &head.account,
            &slot,
            &version,
            &self.epoch_key().bytes,
        ]
        .concat()
    }

    /// The meter's message about the last two pairs (WIRE-6).
    pub fn meter_message(&self, head: &Head, pairs: &[u8]) -> Vec<u8> {
        let reading = Reading {
            chain: &self.chain,
            account: &head.account,
            slot: head.slot,
            epoch_key: &self.epoch_key().bytes,
        };
        reading.message(&pairs[pairs.len() - 128..])
    }

    /// What the account signs (WIRE-10): `body` is the transaction without its signature, kind included.
    pub fn signed_message(&self, body: &[u8]) -> Vec<u8> {
        [b"openmg/1/tx".as_slice(), &self.chain, body].concat()
    }

    /// What the transcript of a report on the wire absorbs, given the account's folded balance.
    pub fn binding_of(&self, report: &Report, base: [u8; 32]) -> Binding {
        let (tx, layout) = (report.tx, self.layout);
        let meter_signature = fixed(&tx[layout.meter_signature()]);
        self.binding(
            &report.head,
            base,
            &tx[layout.pair_bytes()],
            &tx[layout.limbs()],
            meter_signature,
        )
    }

    /// What a report's transcript absorbs: the head, the base point, the pairs R ‖ C, the limbs, the meter's signature.
    pub fn binding(
        &self,
        head: &Head,
        base: [u8; 32],
        pairs: &[u8],
        limbs: &[u8],
        meter_signature: [u8; 64],
    ) -> Binding {
        Binding {
            chain: self.chain,
            generators: [BASE, *generator_bytes()],
            bases: self.bases.iter().map(|base| base.bytes).collect(),
            head: head.clone(),
            levels: self.levels.clone(),
            fee: self.fee,
            base,
            meter: self.meter_message(head, pairs),
            meter_signature,
            pairs: pairs.to_vec(),
            limbs: limbs.to_vec(),
        }
    }
}

fn check_ladder(levels: &[u64], fee: u64) -> Result<()> {
    let refuse = |reason: &str| Err(Refused::new("MARKET-8", reason));
    if !(1..=MAX_RUNGS).contains(&levels.len()) {
        return refuse("a ladder has 1 to 12 levels");
    }
    if levels.windows(2).any(|two| two[0] >= two[1]) {
        return refuse("the levels of a ladder rise");
    }
    if levels[levels.len() - 1] >= PRICE_LIMIT || fee >= PRICE_LIMIT {
        return refuse("prices and the fee are below 2^45");
    }
    Ok(())
}

/// Everything that a report's transcript absorbs before its first challenge, in the order of WIRE-7.
#[derive(Clone)]
pub struct Binding {
    /// Chain id.
    pub chain: [u8; 32],
    /// P and G.
    pub generators: [[u8; 32]; 2],
    /// H_1..H_E.
    pub bases: Vec<[u8; 32]>,
    /// The fields before the points.
    pub head: Head,
    /// ℓ_1..ℓ_K.
    pub levels: Vec<u64>,
    /// The fee.
    pub fee: u64,
    /// The folded balance.
    pub base: [u8; 32],
    /// The meter's message.
    pub meter: Vec<u8>,
    /// Its signature.
    pub meter_signature: [u8; 64],
    /// R ‖ C for every pair.
    pub pairs: Vec<u8>,
    /// L_0..L_3.
    pub limbs: Vec<u8>,
}

impl Binding {
    /// The transcript, ready for the challenge "w".
    pub fn transcript(&self) -> Transcript {
        let mut transcript = Transcript::new("openmg/1/report");
        transcript.message("chain", &self.chain);
        transcript.message("P", &self.generators[0]);
        transcript.message("G", &self.generators[1]);
        transcript.u64("bases", self.bases.len() as u64);
        for base in &self.bases {
            transcript.message("H", base);
        }
        transcript.message("account", &self.head.account);
        transcript.u64("slot", self.head.slot);
        transcript.message("ladder", &self.ladder());
        transcript.u64("version", self.head.version);
        transcript.u64("checkpoint", self.head.checkpoint);
        transcript.u64("epoch", self.head.epoch.into());
        transcript.message("base", &self.base);
        transcript.message("meter", &self.meter);
        transcript.message("meter-signature", &self.meter_signature);
        for pair in self.pairs.chunks_exact(64) {
            transcript.message("R", &pair[..32]);
            transcript.message("C", &pair[32..]);
        }
        for limb in self.limbs.chunks_exact(32) {
            transcript.message("L", limb);
        }
        transcript
    }

    fn ladder(&self) -> Vec<u8> {
        let prices = self.levels.iter().chain([&self.fee]);
        prices.flat_map(|price| price.to_le_bytes()).collect()
    }
}
