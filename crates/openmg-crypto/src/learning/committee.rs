//! Who holds which mask (LEARN-1).

use crate::error::{Refused, Result};

/// The holders 1 to m of a task. Every subset of w = ⌊(m−1)/3⌋ + 1 of them has a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committee {
    members: u8,
}

impl Committee {
    /// A committee of 1, 4 or 7; refuses others with LEARN-0.
    pub fn new(members: u8) -> Result<Self> {
        match members {
            1 | 4 | 7 => Ok(Self { members }),
            _ => Err(Refused::new(
                "LEARN-0",
                format!("a committee has 1, 4 or 7 members, not {members}"),
            )),
        }
    }

    /// m.
    pub fn members(self) -> u8 {
        self.members
    }

    /// How many subsets there are: 1, 6 or 35.
    pub fn subsets(self) -> usize {
        self.sets().count()
    }

    /// The numbers of the subsets that contain a holder, rising. Refuses with LEARN-1 who is no holder.
    pub fn held_by(self, holder: u8) -> Result<Vec<u8>> {
        if !(1..=self.members).contains(&holder) {
            return Err(Refused::new(
                "LEARN-1",
                format!("{holder} is none of the holders 1 to {}", self.members),
            ));
        }
        let position = self.members - holder;
        let numbered = (0..).zip(self.sets());
        Ok(numbered
            .filter(|(_, set)| set >> position & 1 == 1)
            .map(|(number, _)| number)
            .collect())
    }

    /// The subsets in lexicographic order of their members: holder h is bit m − h, so the numbers fall.
    fn sets(self) -> impl Iterator<Item = u8> {
        let size = u32::from((self.members - 1) / 3 + 1);
        (0..1 << self.members)
            .rev()
            .filter(move |set: &u8| set.count_ones() == size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsets_are_in_lexicographic_order() {
        let four = Committee::new(4).unwrap();
        // 12 13 14 23 24 34
        assert_eq!(four.subsets(), 6);
        assert_eq!(four.held_by(1), Ok(vec![0, 1, 2]));
        assert_eq!(four.held_by(3), Ok(vec![1, 3, 5]));
        let seven = Committee::new(7).unwrap();
        assert_eq!(seven.subsets(), 35);
        assert_eq!(seven.held_by(1), Ok((0..15).collect()));
        assert_eq!(seven.held_by(7).unwrap().len(), 15);
        assert_eq!(seven.held_by(7).unwrap().last(), Some(&34));
        let alone = Committee::new(1).unwrap();
        assert_eq!((alone.subsets(), alone.held_by(1)), (1, Ok(vec![0])));
    }

    #[test]
    fn other_committees_and_strangers_are_refused() {
        for members in [0, 2, 3, 5, 6, 8, 10, 255] {
            assert_eq!(Committee::new(members).unwrap_err().clause, "LEARN-0");
        }
        for stranger in [0, 5, 255] {
            let refused = Committee::new(4).unwrap().held_by(stranger).unwrap_err();
            assert_eq!(refused.clause, "LEARN-1");
        }
    }
}
