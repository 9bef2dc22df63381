//! The plan's own fields: profile, requirements, semantics, parameters, root.

use std::collections::HashSet;

use super::check::Checker;
use super::place::Path;
use crate::decode::CONTRACT_MINOR;
use crate::error::{Code, Error};
use crate::features;
use crate::names::nearest;
use crate::wire::flight::ParameterValue;
use crate::wire::plan::{Arithmetic, IdentifierMatch, Profile, Semantics, plan};

impl Checker<'_> {
    pub(super) fn envelope(&mut self) {
        let at = Path::root(1);
        self.choice::<Profile>(&at.field("profile"), self.plan.profile);
        if let Some(version) = self.required(&at.field("version"), self.plan.version.as_ref()) {
            self.identifier(&at.field("version").field("producer"), &version.producer);
        }
        self.requirements(&at);
        if let Some(semantics) = &self.plan.semantics {
            self.semantics(&at.field("semantics"), semantics);
        }
        self.parameter_declarations(&at);
    }

    /// What the plan cannot do without must be known here: a newer producer lists what an older server would misread. Type URLs of
    /// extensions are for the engine, which knows what it has.
    fn requirements(&mut self, at: &Path) {
        let mut seen = HashSet::new();
        for (i, requirement) in self.plan.requirements.iter().enumerate() {
            let at = at.item("requirements", i);
            self.name(&at, requirement);
            if !seen.insert(requirement) {
                self.invalid(&at, format_args!("{requirement:?} stands twice in requirements"));
            }
            if !requirement.is_empty() && !features::is_type_url(requirement) && !features::is_known(requirement) {
                let message =
                    format!("this build (contract minor {CONTRACT_MINOR}) does not have {requirement:?}, which the plan requires");
                let error = Error::new(Code::PlanUnknownRequirement, message).param("requirement", requirement);
                self.push(&at, error.with_candidates(nearest(requirement, features::all())));
            }
        }
    }

    fn semantics(&mut self, at: &Path, semantics: &Semantics) {
        self.identifier(&at.field("time_zone"), &semantics.time_zone);
        self.optional_choice::<Arithmetic>(&at.field("overflow"), semantics.overflow);
        self.optional_choice::<IdentifierMatch>(&at.field("identifiers"), semantics.identifiers);
        let by_zero = at.field("division_by_zero");
        if self.optional_choice(&by_zero, semantics.division_by_zero) == Some(Arithmetic::Wrap) {
            self.invalid(&by_zero, format_args!("a division by zero cannot wrap; choose ERROR or NULL"));
        }
    }

    fn parameter_declarations(&mut self, at: &Path) {
        let mut names = HashSet::new();
        for (i, parameter) in self.plan.parameters.iter().enumerate() {
            let at = at.item("parameters", i);
            self.identifier(&at.field("name"), &parameter.name);
            if !parameter.name.is_empty() && !names.insert(&parameter.name) {
                self.invalid(&at, format_args!("two parameters are named {:?}", parameter.name));
            }
            if let Some(ty) = self.required(&at.field("type"), parameter.r#type.as_ref()) {
                self.data_type(&at.field("type"), ty);
            }
        }
    }

    /// The plan's result: a relation of it, or a command.
    pub(super) fn root(&mut self) {
        self.report.relation = 0;
        let at = Path::root(1);
        match &self.plan.root {
            None => self.missing(&at, format_args!("the plan has no root: set relation or command")),
            Some(plan::Root::Relation(id)) if !self.index.contains_key(id) => {
                let message = format_args!("the root is relation {id}, which the plan does not have");
                self.report.add(&at.field("relation"), Code::PlanInvalidTopology, message);
            }
            Some(plan::Root::Relation(_)) => {}
            Some(plan::Root::Command(command)) => self.command(&at.field("command"), command),
        }
    }

    pub(super) fn parameter_values(&mut self, values: &[ParameterValue]) {
        let at = Path::root(1);
        let mut given = HashSet::new();
        for (i, value) in values.iter().enumerate() {
            let at = at.item("parameters", i);
            if !given.insert(value.index) {
                self.mismatch(&at, format!("parameter {} is given twice", value.index));
            }
            self.parameter_value(&at, value);
        }
        let wanted = self.plan.parameters.len();
        if let Some(absent) = (1..=wanted as u64).find(|index| !given.contains(&(*index as u32))) {
            self.mismatch(&at, format!("parameter {absent} has no value: the plan has {wanted} and {} are given", values.len()));
        }
    }

    fn parameter_value(&mut self, at: &Path, value: &ParameterValue) {
        let declared = (value.index as usize).checked_sub(1).and_then(|index| self.plan.parameters.get(index));
        let Some(declared) = declared else {
            let count = self.plan.parameters.len();
            return self.mismatch(at, format!("there is no parameter {}: the plan has {count} and they count from 1", value.index));
        };
        let Some(literal) = self.required(&at.field("value"), value.value.as_ref()) else {
            return;
        };
        self.literal(&at.field("value"), literal);
        if declared.r#type.is_some() && literal.r#type.is_some() && declared.r#type != literal.r#type {
            self.mismatch(at, format!("the value of parameter {} is not of the declared type", value.index));
        }
    }

    fn mismatch(&mut self, at: &Path, message: String) {
        self.push(at, Error::new(Code::ParameterMismatch, message));
    }
}
