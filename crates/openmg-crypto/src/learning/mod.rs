//! Masks that hide a home's update among those of others (LEARN-1 to LEARN-4, WIRE-16).
//!
//! A home adds one mask for every set of holders that could contain an honest one, commits to each mask, and seals its
//! seed to its holders. When the round is closed the holders publish sums of masks over all homes, which the commitments
//! check; nobody ever opens one home's masks. The construction is a secret sharing of the sum, replicated (Ito, Saito,
//! Nishizeki 1987; Cramer, Damgård, Ishai 2005) and homomorphically committed to (Pedersen 1991, in vectors).

mod bases;
mod committee;
pub mod gaussian;
mod hidden;
mod judgement;
mod mask;
mod seeds;
mod sum;

pub use committee::Committee;
pub use hidden::{HiddenVector, check_hidden, hide};
pub use judgement::{complain, judge};
pub use mask::expand_context;
pub use seeds::{Client, check_seeds, open_seeds};
pub use sum::{check_mask_sum, sum_masks};

/// Bytes of one packed word in `packed`, in y, in one mask and in a sum of masks.
pub const PACKED: usize = 20;
/// Packed plus at most 35 masks: below 2^240.
pub const HIDDEN: usize = 30;
/// 224 bits: 64 more than what it hides.
pub const MASK: usize = 28;
/// A sum of at most 2^24 masks: below 2^248, hence below q.
pub const SUM: usize = 31;

/// Whose masks these are: everything that seeds, boxes and complaints are bound to.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// Id of the task.
    pub task: &'a [u8; 32],
    /// Number of the round.
    pub round: u32,
    /// The home's account key.
    pub account: &'a [u8; 32],
}

impl Place<'_> {
    /// `task ‖ round u32 ‖ account`.
    fn context(&self) -> [u8; 68] {
        let mut context = [0; 68];
        context[..32].copy_from_slice(self.task);
        context[32..36].copy_from_slice(&self.round.to_le_bytes());
        context[36..].copy_from_slice(self.account);
        context
    }

    /// The context of one subset's mask.
    fn mask_context(&self, subset: u8) -> [u8; 69] {
        let mut context = [subset; 69];
        context[..68].copy_from_slice(&self.context());
        context
    }

    /// Associated data of the box to a holder.
    fn box_context(&self, holder: u8) -> Vec<u8> {
        [
            b"openmg/1/learn/seeds".as_slice(),
            &self.context(),
            &[holder],
        ]
        .concat()
    }
}
