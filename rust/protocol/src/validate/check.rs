//! The checker: what is known while a plan is being looked at, and the small checks that all rooms use.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::place::Path;
use super::report::Report;
use super::shared::Facts;
use crate::error::{Code, Error, Result};
use crate::limits::PlanLimits;
use crate::wire::plan::{KeyValue, Plan};

pub(super) struct Checker<'p> {
    pub(super) plan: &'p Plan,
    pub(super) limits: &'p PlanLimits,
    pub(super) report: Report,
    /// The position of each relation.
    pub(super) index: HashMap<u32, usize>,
    /// The position of the relation, or the number of relations where a command or shared expression is looked at:
    /// subqueries may use what stands before.
    pub(super) position: usize,
    /// What the users of each shared expression have to know, for those already looked at.
    pub(super) shared: Vec<Facts>,
    /// Of the expression that is being looked at.
    pub(super) facts: Facts,
    /// Ids of all lambda parameters so far, and of those in scope.
    pub(super) lambdas: HashSet<u32>,
    pub(super) scope: HashSet<u32>,
    /// Names of the observations so far.
    pub(super) observed: HashSet<&'p str>,
    pub(super) expressions: u64,
    pub(super) expressions_inlined: u64,
}

impl<'p> Checker<'p> {
    pub(super) fn new(plan: &'p Plan, limits: &'p PlanLimits) -> Self {
        Self {
            plan,
            limits,
            report: Report::default(),
            index: HashMap::with_capacity(plan.relations.len()),
            position: plan.relations.len(),
            shared: Vec::new(),
            facts: Facts::default(),
            lambdas: HashSet::new(),
            scope: HashSet::new(),
            observed: HashSet::new(),
            expressions: 0,
            expressions_inlined: 0,
        }
    }

    pub(super) fn finish(self) -> Result<HashMap<u32, usize>> {
        self.report.finish().map(|()| self.index)
    }

    pub(super) fn missing(&mut self, at: &Path, what: fmt::Arguments) {
        self.report.add(at, Code::PlanMissingField, what);
    }

    pub(super) fn invalid(&mut self, at: &Path, what: fmt::Arguments) {
        self.report.add(at, Code::PlanInvalidValue, what);
    }

    pub(super) fn misplaced(&mut self, at: &Path, what: fmt::Arguments) {
        self.report.add(at, Code::InvalidExpression, what);
    }

    /// A field that must be there.
    pub(super) fn required<'v, T: ?Sized>(&mut self, at: &Path, value: Option<&'v T>) -> Option<&'v T> {
        if value.is_none() {
            self.missing(at, format_args!("{} is required", at.name()));
        }
        value
    }

    /// A list that must not be empty.
    pub(super) fn some<T>(&mut self, at: &Path, items: &[T]) {
        if items.is_empty() {
            self.missing(at, format_args!("{} needs at least one element", at.name()));
        }
    }

    /// A name that must be there: not empty, and no longer than identifiers may be.
    pub(super) fn name(&mut self, at: &Path, name: &str) {
        if name.is_empty() {
            self.missing(at, format_args!("{} is required", at.name()));
        }
        self.identifier(at, name);
    }

    /// A name that may be empty.
    pub(super) fn identifier(&mut self, at: &Path, name: &str) {
        self.within(at, "identifier_bytes", name.len() as u64, u64::from(self.limits.identifier_bytes));
    }

    /// A text that is neither name nor SQL.
    pub(super) fn text(&mut self, at: &Path, text: &str) {
        self.within(at, "text_bytes", text.len() as u64, u64::from(self.limits.text_bytes));
    }

    /// A SQL text, which must be there. Whether it says anything is for who reads SQL.
    pub(super) fn sql(&mut self, at: &Path, text: &str) {
        if text.is_empty() {
            self.missing(at, format_args!("{} is required", at.name()));
        }
        self.within(at, "sql_bytes", text.len() as u64, u64::from(self.limits.sql_bytes));
    }

    /// Data or code inside the plan.
    pub(super) fn inline(&mut self, at: &Path, bytes: usize) {
        self.within(at, "inline_data_bytes", bytes as u64, self.limits.inline_data_bytes);
    }

    /// Names that must be there and differ.
    pub(super) fn distinct_names<'n>(&mut self, at: &Path, field: &'static str, names: impl Iterator<Item = &'n str>) {
        let mut seen = HashSet::new();
        for (i, name) in names.enumerate() {
            let at = at.item(field, i);
            self.name(&at, name);
            if !seen.insert(name) {
                self.report.add(&at, Code::DuplicateColumn, format_args!("{name:?} stands twice in {field}"));
            }
        }
    }

    /// Names that must be there.
    pub(super) fn names(&mut self, at: &Path, field: &'static str, names: &[String]) {
        for (i, name) in names.iter().enumerate() {
            self.name(&at.item(field, i), name);
        }
    }

    /// Options, properties, metadata: sorted by key, and a key stands once.
    pub(super) fn key_values(&mut self, at: &Path, field: &'static str, pairs: &[KeyValue]) {
        let mut before: Option<&str> = None;
        for (i, pair) in pairs.iter().enumerate() {
            let at = at.item(field, i);
            self.name(&at.field("key"), &pair.key);
            self.text(&at.field("value"), &pair.value);
            match before.replace(&pair.key) {
                Some(before) if before == pair.key => self.invalid(&at, format_args!("key {before:?} stands twice in {field}")),
                Some(before) if before > pair.key.as_str() => {
                    self.invalid(&at, format_args!("{field} are sorted by key: {:?} stands before {before:?}", pair.key));
                }
                _ => {}
            }
        }
    }

    /// Keeps a size within the limit of this name.
    pub(super) fn within(&mut self, at: &Path, limit: &'static str, size: u64, most: u64) {
        if size > most {
            let error = self.limits.exceeded(limit, format_args!("{} has {size} bytes", at.name()));
            self.report.push(at, error);
        }
    }

    /// An extension's type URL must be among the requirements; whether it is known there is for the engine to say.
    pub(super) fn extension(&mut self, at: &Path, type_url: &str) {
        self.name(&at.field("type_url"), type_url);
        if !self.plan.requirements.iter().any(|known| known == type_url) {
            self.missing(at, format_args!("the extension {type_url:?} is not listed in Plan.requirements"));
        }
    }

    /// A 1-based index in a list of the plan.
    pub(super) fn index_of<'v, T>(&mut self, at: &Path, index: u32, list: &'v [T], what: &str) -> Option<&'v T> {
        let found = (index as usize).checked_sub(1).and_then(|i| list.get(i));
        if found.is_none() {
            self.invalid(at, format_args!("there is no {what} {index}: the plan has {} and they count from 1", list.len()));
        }
        found
    }

    pub(super) fn push(&mut self, at: &Path, error: Error) {
        self.report.push(at, error);
    }
}
