//! Discrete logarithms of opened sums: baby-step giant-step (Shanks 1971), both signs, outward from zero.
//!
//! An opened sum is `m·G` with a small signed m (KEY-6). The table holds `2^bits` baby steps `j·G`; giant steps of
//! `2^bits·G` walk away from zero to both sides, so that a small m is found at once however large the bound is.
//! Points are compared by the first eight bytes of the encoding of their double, which a batch gets for one
//! inversion (`double_and_compress_batch`); every hit is verified.

use std::iter::successors;
use std::ops::RangeInclusive;

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::traits::Identity;
use rayon::prelude::*;

use crate::group::{generator, multiple};

/// Points compressed together: one inversion is small change for this many.
const BATCH: u64 = 512;
/// Giant steps to each side in one batch.
const STRIDE: u64 = BATCH / 2;
/// Batches in the largest round, between two looks at `keep_on`: tens of milliseconds.
const ROUND: u64 = 128;
/// The index of a slot without an entry.
const EMPTY: u32 = u32::MAX;

/// The table of baby steps: `8·2^(bits+1)` bytes, never changed once made, so it may be shared between threads.
pub struct DiscreteLog {
    bits: u32,
    slots: Vec<Slot>,
    /// `2^bits·G`
    giant: RistrettoPoint,
}

/// One entry of the open-addressed table.
#[derive(Clone, Copy)]
struct Slot {
    tag: u32,
    index: u32,
}

impl DiscreteLog {
    /// Sizes of table that can be asked for: 2^4 to 2^24 baby steps.
    pub const BITS: RangeInclusive<u32> = 4..=24;

    /// Computes `2^bits` baby steps on all cores (2^18: 0.1 to 0.2 s, 4 MB).
    ///
    /// # Panics
    /// When `bits` is outside [`Self::BITS`].
    pub fn new(bits: u32) -> Self {
        assert!(Self::BITS.contains(&bits), "table bits out of range");
        let steps = 1u64 << bits;
        let giant = multiple(generator(), steps as i128);
        let mut table = Self {
            bits,
            slots: vec![
                Slot {
                    tag: 0,
                    index: EMPTY
                };
                2 << bits
            ],
            giant,
        };
        let batches: Vec<Vec<u64>> = (0..steps.div_ceil(BATCH))
            .into_par_iter()
            .map(baby_keys)
            .collect();
        for (index, key) in batches
            .into_iter()
            .flatten()
            .take(steps as usize)
            .enumerate()
        {
            table.insert(key, index as u32);
        }
        table
    }

    /// The m with `point = m·G` and `|m| <= bound`; `None` when there is none.
    pub fn solve(&self, point: &RistrettoPoint, bound: u64) -> Option<i64> {
        self.solve_while(point, bound, || true)
    }

    /// As [`Self::solve`], and asks `keep_on` every few tens of milliseconds; gives up with `None` when told to.
    ///
    /// # Panics
    /// When `bound` exceeds 2^62.
    pub fn solve_while(
        &self,
        point: &RistrettoPoint,
        bound: u64,
        mut keep_on: impl FnMut() -> bool,
    ) -> Option<i64> {
        assert!(bound <= 1 << 62, "bound out of range");
        let search = Search {
            table: self,
            point,
            centred: point + multiple(generator(), self.half().into()),
            bound,
        };
        let end = ((bound + self.half() as u64) >> self.bits) + 1;
        let (mut from, mut to) = (0, 1);
        while from < end && keep_on() {
            if let Some(found) = search.round(from, to.min(end)) {
                return Some(found);
            }
            (from, to) = (to, (2 * to + 8).min(to + STRIDE * ROUND));
        }
        None
    }

    /// Half a giant step: the table covers `-half <= m < half`.
    fn half(&self) -> i64 {
        1 << (self.bits - 1)
    }

    fn insert(&mut self, key: u64, index: u32) {
        let mut place = self.place(key);
        while self.slots[place].index != EMPTY {
            place = self.next(place);
        }
        self.slots[place] = Slot {
            tag: tag(key),
            index,
        };
    }

    /// The baby steps whose key looks like this one.
    fn candidates(&self, key: u64) -> impl Iterator<Item = u32> {
        let start = self.place(key);
        let probes = successors(Some(start), |&place| Some(self.next(place)));
        probes
            .map(|place| self.slots[place])
            .take_while(|slot| slot.index != EMPTY)
            .filter(move |slot| slot.tag == tag(key))
            .map(|slot| slot.index)
    }

    /// The lowest bit of an encoding is always 0, so it is left out.
    fn place(&self, key: u64) -> usize {
        (key >> 1) as usize & (self.slots.len() - 1)
    }

    fn next(&self, place: usize) -> usize {
        (place + 1) & (self.slots.len() - 1)
    }
}

/// One call of `solve`.
struct Search<'a> {
    table: &'a DiscreteLog,
    point: &'a RistrettoPoint,
    /// `point + half·G`
    centred: RistrettoPoint,
    bound: u64,
}

impl Search<'_> {
    /// Giant steps `from..to` to both sides.
    fn round(&self, from: u64, to: u64) -> Option<i64> {
        if to - from <= STRIDE {
            return self.batch(from, to);
        }
        let batches = (to - from).div_ceil(STRIDE);
        let start = |batch| from + batch * STRIDE;
        (0..batches)
            .into_par_iter()
            .find_map_any(|batch| self.batch(start(batch), to.min(start(batch + 1))))
    }

    fn batch(&self, from: u64, to: u64) -> Option<i64> {
        let away = multiple(&self.table.giant, from.into());
        let (mut down, mut up) = (self.centred - away, self.centred + away);
        let mut points = Vec::with_capacity(2 * (to - from) as usize);
        for _ in from..to {
            points.extend([down, up]);
            down -= self.table.giant;
            up += self.table.giant;
        }
        let encodings = RistrettoPoint::double_and_compress_batch(&points);
        encodings.iter().enumerate().find_map(|(place, encoding)| {
            let steps = (from + place as u64 / 2) as i64;
            let steps = if place % 2 == 0 { steps } else { -steps };
            self.table
                .candidates(key(encoding))
                .find_map(|index| self.verify(steps, index))
        })
    }

    /// Whether this hit is the answer. A false one (two encodings that share 52 bits) must not end the search.
    fn verify(&self, steps: i64, index: u32) -> Option<i64> {
        let value = (steps << self.table.bits) + i64::from(index) - self.table.half();
        let holds = value.unsigned_abs() <= self.bound
            && multiple(generator(), value.into()) == *self.point;
        holds.then_some(value)
    }
}

/// The keys of the baby steps of one batch.
fn baby_keys(batch: u64) -> Vec<u64> {
    let mut step = multiple(generator(), (batch * BATCH).into());
    let mut points = vec![RistrettoPoint::identity(); BATCH as usize];
    for point in &mut points {
        *point = step;
        step += generator();
    }
    RistrettoPoint::double_and_compress_batch(&points)
        .iter()
        .map(key)
        .collect()
}

fn key(encoding: &CompressedRistretto) -> u64 {
    let (first, _) = encoding
        .as_bytes()
        .split_first_chunk()
        .expect("an encoding has 32 bytes");
    u64::from_le_bytes(*first)
}

fn tag(key: u64) -> u32 {
    (key >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_false_hit_does_not_stop_the_search() {
        let mut table = DiscreteLog::new(6);
        let point = multiple(generator(), 5);
        let centred = point + multiple(generator(), table.half().into());
        let wanted = key(&(centred + centred).compress());
        let truth = table.candidates(wanted).next().unwrap();
        let place = table
            .slots
            .iter()
            .position(|slot| slot.index == truth)
            .unwrap();
        table.slots[place].index = truth ^ 1;
        table.insert(wanted, truth);
        assert_eq!(
            table.candidates(wanted).collect::<Vec<_>>(),
            [truth ^ 1, truth]
        );
        assert_eq!(table.solve(&point, 1000), Some(5));
    }
}
