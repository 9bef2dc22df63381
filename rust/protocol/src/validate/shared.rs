//! Shared expressions: looked at once, in order, so that what they use is known. Size and depth with sharing followed are
//! sums over the entries, never an expansion.

use super::check::Checker;
use super::expression::Allowed;
use super::place::Path;
use crate::error::{Code, Error};

/// Plan > Expression.
const SHARED_DEPTH: u32 = 2;

/// An entry that uses more lambda variables of its surroundings than this is refused: the sets are merged at each use.
pub(super) const FREE_VARIABLES_MAX: usize = 64;

/// What the users of an expression have to know about it.
#[derive(Debug, Default, Clone)]
pub(super) struct Facts {
    /// Levels of expressions, with shared ones followed.
    pub(super) depth: u32,
    /// Expressions, with shared ones counted wherever they are used.
    pub(super) size: u64,
    /// Holds a column of the inputs.
    pub(super) columns: bool,
    /// Holds an aggregate call that no window call consumes.
    pub(super) aggregate: bool,
    /// Holds a window call.
    pub(super) window: bool,
    /// The last relation in the list that a subquery uses.
    pub(super) last_relation: Option<usize>,
    /// Lambda variables that the expression uses and does not declare.
    pub(super) free: Vec<u32>,
}

impl Checker<'_> {
    pub(super) fn shared_expressions(&mut self) {
        for (i, entry) in self.plan.shared_expressions.iter().enumerate() {
            if self.report.is_full() {
                return;
            }
            let root = Path::root(SHARED_DEPTH - 1);
            let at = root.item("shared_expressions", i);
            let facts = self.whole_expression(&at, entry, Allowed::IN_SHARED);
            if facts.free.len() > FREE_VARIABLES_MAX {
                let message = format!("a shared expression uses more than {FREE_VARIABLES_MAX} lambda variables from outside");
                self.push(&at, Error::new(Code::PlanTooLarge, message));
            }
            self.shared.push(facts);
        }
    }

    /// A use of a shared expression; answers its depth.
    pub(super) fn shared(&mut self, at: &Path, index: u32, allowed: Allowed) -> u32 {
        let at = at.field("shared");
        let facts = (index as usize).checked_sub(1).and_then(|i| self.shared.get(i)).cloned();
        let Some(facts) = facts else {
            let message = format_args!(
                "there is no shared expression {index} to use here: {} stand before, and they count from 1",
                self.shared.len()
            );
            self.report.add(&at, Code::PlanInvalidTopology, message);
            return 0;
        };
        if facts.columns {
            self.columns_allowed(&at, allowed);
        }
        if facts.aggregate {
            self.aggregate_allowed(&at, allowed);
        }
        if facts.window {
            self.window_allowed(&at, allowed);
        }
        if facts.last_relation.is_some_and(|last| last >= self.position) {
            let message = format_args!("shared expression {index} has a subquery over a relation that stands later");
            self.report.add(&at, Code::PlanInvalidTopology, message);
        }
        for &id in &facts.free {
            self.variable(&at, id, allowed);
        }
        self.facts.size = self.facts.size.saturating_add(facts.size);
        self.facts.last_relation = self.facts.last_relation.max(facts.last_relation);
        facts.depth
    }
}
