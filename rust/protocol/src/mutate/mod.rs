//! Hostile input by the million, from a seed: random plans that are right, and mutations of them that mostly are not.
//!
//! ```text
//! Generator -> plan -> bytes -> tree of fields -> edits that know the contract -> bytes -> edits that know nothing -> input
//! ```
//!
//! The same seed gives the same inputs on every machine. Nothing here is for production: the module is public so that the
//! fuzz tests of every crate use one source.

mod expression;
mod generate;
mod random;
mod relation;
mod tree;

pub use generate::{Generator, Vocabulary};
pub use random::Random;

use crate::encode;
use crate::wire::plan::Plan;
use tree::Tree;

/// An input that grows beyond this is not mutated further.
const BYTES_MAX: usize = 1 << 16;

/// Mutates plans, one input after the other.
#[derive(Debug)]
pub struct Mutator {
    random: Random,
    seeds: Vec<Tree>,
}

impl Mutator {
    /// Mutates these plans.
    pub fn new(seed: u64, plans: &[Plan]) -> Self {
        let seeds = plans.iter().map(|plan| Tree::parse(&encode::plan(plan))).collect();
        Self { random: Random::new(seed), seeds }
    }

    /// The next input.
    pub fn input(&mut self) -> Vec<u8> {
        let Some(seed) = self.random.pick(&self.seeds) else { return Vec::new() };
        let mut tree = seed.clone();
        let edits = self.random.below(4);
        for _ in 0..edits {
            let other = self.random.pick(&self.seeds).unwrap_or(seed);
            tree.edit(&mut self.random, other);
        }
        let mut bytes = tree.encode();
        if edits == 0 || self.random.one_in(3) {
            for _ in 0..=self.random.below(3) {
                self.damage(&mut bytes);
            }
        }
        bytes
    }

    /// Changes bytes without knowing what they mean.
    fn damage(&mut self, bytes: &mut Vec<u8>) {
        let random = &mut self.random;
        if bytes.is_empty() || bytes.len() > BYTES_MAX {
            return bytes.truncate(BYTES_MAX);
        }
        let at = random.below(bytes.len());
        let to = (at + 1 + random.below(16)).min(bytes.len());
        match random.below(7) {
            0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << random.below(8)),
            1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = random.byte()),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..to)),
            4 => drop(bytes.splice(at..at, (0..random.below(12)).map(|_| random.byte()).collect::<Vec<_>>())),
            5 => {
                let copy: Vec<u8> = bytes.iter().skip(at).take(to - at).copied().collect();
                let times = 1 + random.below(50);
                drop(bytes.splice(at..at, copy.repeat(times)));
            }
            // A length or number that promises more than there is.
            _ => drop(bytes.splice(at..at, tree::varint(random.number()))),
        }
    }
}
