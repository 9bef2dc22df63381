//! What the binder knows of the plan as a whole, before it looks at any relation.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use datafusion::common::Column;
use datafusion::execution::SessionState;
use datafusion::scalar::ScalarValue;
use polybolos_protocol::wire::flight::ParameterValue;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{CheckedPlan, Code, Error, Result};

use super::expr::shared_needs;
use super::literal;
use super::place::Path;
use super::scope::{Lineage, Names};
use super::semantics::Semantics;
use super::types::{same_logical, show, to_arrow};
use crate::context::BindContext;

/// The plan, its parameters and meanings.
pub(crate) struct Core<'a> {
    pub(crate) context: &'a dyn BindContext,
    pub(crate) plan: &'a pb::Plan,
    pub(crate) semantics: Semantics,
    pub(crate) lineage: Lineage,
    positions: HashMap<u32, usize>,
    parameters: Vec<ScalarValue>,
    parameter_literals: Vec<ParameterValue>,
    shared_needs: OnceLock<Vec<Vec<u32>>>,
    counter: AtomicU64,
    collided: AtomicBool,
}

impl<'a> Core<'a> {
    pub(crate) fn new(context: &'a dyn BindContext, plan: &'a CheckedPlan, parameters: &[ParameterValue]) -> Result<Self> {
        let plan = plan.plan();
        let positions: HashMap<u32, usize> = plan.relations.iter().enumerate().map(|(at, relation)| (relation.id, at)).collect();
        let inputs =
            plan.relations.iter().map(|relation| relation.inputs.iter().filter_map(|id| positions.get(id).copied()).collect()).collect();
        Ok(Self {
            context,
            plan,
            semantics: Semantics::of(plan, context.state().config_options())?,
            lineage: Lineage::new(inputs),
            positions,
            parameters: checked_parameters(&plan.parameters, parameters)?,
            parameter_literals: parameters.to_vec(),
            shared_needs: OnceLock::new(),
            counter: AtomicU64::new(0),
            collided: AtomicBool::new(false),
        })
    }

    pub(crate) fn state(&self) -> &'a SessionState {
        self.context.state()
    }

    pub(crate) fn names(&self) -> Names {
        self.semantics.names
    }

    /// Position of a relation in the plan's list.
    pub(crate) fn position(&self, id: u32) -> Option<usize> {
        self.positions.get(&id).copied()
    }

    /// A column that is new in this plan; EXPLAIN shows the public name before the `#`.
    pub(crate) fn fresh(&self, public: &str) -> Column {
        Column::new_unqualified(format!("{public}#{}", self.counter.fetch_add(1, Ordering::Relaxed)))
    }

    /// Notes that a subquery makes columns of the query around it, so that the relation has to be bound over other columns.
    pub(crate) fn collided(&self) {
        self.collided.store(true, Ordering::Relaxed);
    }

    /// Whether that was noted since it was last asked.
    pub(crate) fn take_collided(&self) -> bool {
        self.collided.swap(false, Ordering::Relaxed)
    }

    /// The value of a parameter, counted from 1.
    pub(crate) fn parameter(&self, index: u32) -> Result<&ScalarValue> {
        let value = usize::try_from(index).ok().and_then(|index| self.parameters.get(index.checked_sub(1)?));
        value.ok_or_else(|| {
            Error::new(Code::ParameterMismatch, format!("the plan declares {} parameters, there is no ${index}", self.parameters.len()))
        })
    }

    /// The value of a parameter as the client wrote it.
    pub(crate) fn parameter_literal(&self, index: u32) -> Result<pb::Literal> {
        self.parameter(index)?;
        let found = self.parameter_literals.iter().find(|parameter| parameter.index == index).and_then(|parameter| parameter.value.clone());
        found.ok_or_else(|| Error::new(Code::ParameterMismatch, format!("parameter ${index} has no value")))
    }

    /// A shared expression, counted from 1.
    pub(crate) fn shared_entry(&self, index: u32) -> Result<&'a pb::Expression> {
        let entry = usize::try_from(index).ok().and_then(|index| self.plan.shared_expressions.get(index.checked_sub(1)?));
        entry.ok_or_else(|| {
            Error::new(
                Code::PlanInvalidValue,
                format!("the plan has {} shared expressions, there is no {index}", self.plan.shared_expressions.len()),
            )
        })
    }

    /// This shared expression and those that it needs, in an order in which each follows what it needs.
    pub(crate) fn shared_order(&self, index: u32) -> Vec<u32> {
        let needs = self.shared_needs.get_or_init(|| shared_needs(&self.plan.shared_expressions));
        let mut seen = std::collections::BTreeSet::from([index]);
        let mut open = vec![index];
        while let Some(at) = open.pop() {
            let below = usize::try_from(at).ok().and_then(|at| needs.get(at.checked_sub(1)?));
            for &need in below.into_iter().flatten() {
                if need < at && seen.insert(need) {
                    open.push(need);
                }
            }
        }
        seen.into_iter().collect()
    }
}

/// One value per declared parameter, of the declared type.
fn checked_parameters(declared: &[pb::ParameterDecl], given: &[ParameterValue]) -> Result<Vec<ScalarValue>> {
    let mut values: Vec<Option<ScalarValue>> = vec![None; declared.len()];
    for parameter in given {
        let at = usize::try_from(parameter.index).unwrap_or_default().checked_sub(1);
        let (Some(declaration), Some(slot)) = (at.and_then(|at| declared.get(at)), at.and_then(|at| values.get_mut(at))) else {
            let message = format!("there is no parameter ${} in a plan that declares {}", parameter.index, declared.len());
            return Err(mismatch(message));
        };
        let Some(literal) = &parameter.value else {
            return Err(mismatch(format!("parameter ${} has no value", parameter.index)));
        };
        if slot.replace(typed_parameter(declaration, parameter.index, literal)?).is_some() {
            return Err(mismatch(format!("parameter ${} is given twice", parameter.index)));
        }
    }
    let missing: Vec<String> = values
        .iter()
        .zip(declared)
        .enumerate()
        .filter(|(_, (value, _))| value.is_none())
        .map(|(at, (_, declared))| shown(at + 1, declared))
        .collect();
    match missing.as_slice() {
        [] => Ok(values.into_iter().flatten().collect()),
        missing => Err(mismatch(format!("no value is given for {}", missing.join(", ")))),
    }
}

fn typed_parameter(declared: &pb::ParameterDecl, index: u32, literal: &pb::Literal) -> Result<ScalarValue> {
    let value = literal::scalar(literal).map_err(|error| mismatch(format!("parameter ${index}: {}", error.message())))?;
    let Some(ty) = &declared.r#type else {
        return Ok(value);
    };
    let ty = to_arrow(ty)?;
    let fits = same_logical(&value.data_type(), &ty) || value.data_type().is_null();
    if !fits {
        let message = format!("parameter ${index} is declared as {}, the value is of type {}", show(&ty), show(&value.data_type()));
        return Err(mismatch(message));
    }
    value.cast_to(&ty).map_err(|error| mismatch(format!("parameter ${index} is not of type {}", show(&ty))).with_source(error))
}

fn shown(number: usize, declared: &pb::ParameterDecl) -> String {
    if declared.name.is_empty() { format!("${number}") } else { format!("${number} ({})", declared.name) }
}

fn mismatch(message: String) -> Error {
    Error::new(Code::ParameterMismatch, message).relocated(Some(Path::relation(0).field("parameters").place()))
}
