//! A plan that passed the door: the rest of the code does not check again.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::Result;
use crate::limits::PlanLimits;
use crate::wire::flight::ParameterValue;
use crate::wire::plan::{Plan, Relation};
use crate::{decode, encode, text, validate};

/// A plan whose structure is right: known fields only, relations in topological order with the inputs their kind needs, every
/// required field and choice present, all limits kept. Names and types are the binder's business. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CheckedPlan(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    plan: Plan,
    index: HashMap<u32, usize>,
}

impl CheckedPlan {
    /// Decodes and checks the bytes of a plan.
    pub fn decode(bytes: &[u8], limits: &PlanLimits) -> Result<Self> {
        Self::check(decode::plan(bytes, limits)?, limits)
    }

    /// Checks a plan that was built in this process or decoded strictly as part of a larger message.
    pub fn check(plan: Plan, limits: &PlanLimits) -> Result<Self> {
        let index = validate::plan(&plan, limits)?;
        Ok(Self(Arc::new(Inner { plan, index })))
    }

    /// Checks the values of the plan's parameters: one for each, of the declared type.
    pub fn check_parameters(&self, values: &[ParameterValue], limits: &PlanLimits) -> Result<()> {
        validate::parameters(self.plan(), values, limits)
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.0.plan
    }

    /// The plan as bytes of the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode::plan(self.plan())
    }

    /// The plan in the protobuf text format, which [`text::from_text`] reads back. For a form that is easier on the eye see
    /// [`text::display`].
    pub fn to_text(&self) -> String {
        text::to_text(self.plan())
    }

    /// The relation of this id.
    pub fn relation(&self, id: u32) -> Option<&Relation> {
        self.position(id).and_then(|position| self.0.plan.relations.get(position))
    }

    /// Where the relation of this id stands in the list.
    pub(crate) fn position(&self, id: u32) -> Option<usize> {
        self.0.index.get(&id).copied()
    }
}
