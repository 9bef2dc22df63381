//! The errors found so far: the first is the answer, the others travel with it.

use std::fmt;

use super::place::Path;
use crate::error::{Code, Error, PlanPlace, Result};

/// How many errors one answer holds; validation stops looking after them.
const ERRORS_MAX: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Report {
    errors: Vec<Error>,
    /// The relation that is being looked at; 0 outside of relations.
    pub(super) relation: u32,
}

impl Report {
    /// Adds an error; the sentence is made only when there is room.
    pub(super) fn add(&mut self, at: &Path, code: Code, message: fmt::Arguments) {
        if !self.is_full() {
            self.push(at, Error::new(code, message.to_string()));
        }
    }

    /// Adds an error that somebody else worded.
    pub(super) fn push(&mut self, at: &Path, error: Error) {
        if !self.is_full() {
            self.errors.push(error.at(PlanPlace::exact(self.relation, at.to_string())));
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.errors.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.errors.len() >= ERRORS_MAX
    }

    pub(super) fn finish(self) -> Result<()> {
        let mut errors = self.errors.into_iter();
        match errors.next() {
            Some(first) => Err(first.with_others(errors)),
            None => Ok(()),
        }
    }
}
