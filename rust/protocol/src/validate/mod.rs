//! Validation of a decoded plan: everything that can be known without a catalog.
//!
//! ```text
//! envelope -> topology (ids, edges) -> functions, shared expressions -> relations in order -> root
//! ```
//!
//! Several errors are collected, in that order. Recursion goes only as deep as messages may nest.

mod aggregate;
mod call;
mod check;
mod choice;
mod command;
mod envelope;
mod expression;
mod foreign;
mod leaf;
mod literal;
mod many;
mod place;
mod relation;
mod report;
mod shared;
mod sugar;
mod topology;
mod types;
mod unary;

use std::collections::HashMap;

use crate::error::Result;
use crate::limits::PlanLimits;
use crate::wire::flight::ParameterValue;
use crate::wire::plan::Plan;
use check::Checker;

pub(crate) use relation::relation_name;

/// Checks the plan; answers the position of each relation id.
pub(crate) fn plan(plan: &Plan, limits: &PlanLimits) -> Result<HashMap<u32, usize>> {
    let mut checker = Checker::new(plan, limits);
    checker.envelope();
    checker.topology();
    checker.foreign_functions();
    checker.shared_expressions();
    checker.relations();
    checker.root();
    checker.finish()
}

/// Checks the values of a plan's parameters: one for each, of the declared type.
pub(crate) fn parameters(plan: &Plan, values: &[ParameterValue], limits: &PlanLimits) -> Result<()> {
    let mut checker = Checker::new(plan, limits);
    checker.parameter_values(values);
    checker.finish().map(|_| ())
}
