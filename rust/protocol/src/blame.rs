//! Which relation to blame for an error of the run. Operators cannot tell: an optimised plan mixes the work of many relations.
//! But the code of the error says what kind of expression raises it, and the plan says where such expressions stand.
//!
//! ```text
//! scan <- with_column(x / y) <- filter <- limit        DIVISION_BY_ZERO: only with_column divides, so it is that one
//!             ^ suspect                    ^ root
//! ```
//! The answer is the nearest relation that encloses all suspects, so that it is never wrong, only sometimes wide.

use std::collections::HashMap;

use crate::CheckedPlan;
use crate::error::{Code, Error, PlanPlace};
use crate::walk;
use crate::wire::flight::Precision;
use crate::wire::plan::{CastFailure, Expression, FunctionRef, Plan, Relation, SubqueryKind, expression, plan, relation};

impl CheckedPlan {
    /// The error, told at the nearest relation that encloses everything that can have raised it. A relation that is known
    /// already stays; errors that come from outside the plan (a cancel, a lost connection) get none.
    #[must_use]
    pub fn blame(&self, error: Error) -> Error {
        let known = error.location().is_some_and(|place| place.relation != 0);
        let root = root_of(self.plan()).filter(|_| !known && comes_from_plan(error.code()));
        let Some(root) = root.and_then(|id| self.position(id)) else { return error };
        match Suspects::of(self, &error).nearest(root) {
            Some((relation, precision)) => {
                let sql_range = error.location().map_or((0, 0), |place| place.sql_range);
                error.relocated(Some(PlanPlace { relation, path: String::new(), precision, sql_range }))
            }
            None => error,
        }
    }
}

fn root_of(plan: &Plan) -> Option<u32> {
    match plan.root.as_ref()? {
        plan::Root::Relation(id) => Some(*id),
        plan::Root::Command(command) => Some(command.input),
    }
}

fn comes_from_plan(code: Code) -> bool {
    !matches!(
        code,
        Code::Cancelled
            | Code::DeadlineExceeded
            | Code::Unavailable
            | Code::Overloaded
            | Code::SessionNotFound
            | Code::QueryNotFound
            | Code::Unauthenticated
            | Code::TokenExpired
            | Code::ParameterMismatch
            | Code::PlanUnknownRequirement
            | Code::AlreadyExists
    )
}

/// The parameter of an error about a product that is too large.
pub const ESTIMATED_ROWS: &str = "estimated_rows";

fn joins(relation: &Relation) -> bool {
    matches!(relation.kind, Some(relation::Kind::Join(_) | relation::Kind::Sql(_)))
}

/// Which relations hold something that raises a code, in themselves or below.
struct Suspects<'p> {
    plan: &'p CheckedPlan,
    within: Vec<bool>,
    itself: Vec<bool>,
    below: Vec<Vec<usize>>,
}

impl<'p> Suspects<'p> {
    fn of(plan: &'p CheckedPlan, error: &Error) -> Self {
        let code = error.code();
        let of_join = error.params().iter().any(|(key, _)| key == ESTIMATED_ROWS);
        let shared = shared(plan.plan(), code);
        let mut all = Self { plan, within: Vec::new(), itself: Vec::new(), below: Vec::new() };
        for relation in &plan.plan().relations {
            let mut found = found_in(relation, code, &shared);
            found.suspect &= !of_join || joins(relation);
            let below: Vec<usize> = relation.inputs.iter().chain(&found.subqueries).filter_map(|id| plan.position(*id)).collect();
            let within = found.suspect || below.iter().any(|at| all.within.get(*at) == Some(&true));
            all.within.push(within);
            all.itself.push(found.suspect);
            all.below.push(below);
        }
        all
    }

    /// Walks down from the root as long as all suspects are below one input.
    fn nearest(&self, root: usize) -> Option<(u32, Precision)> {
        let mut at = root;
        loop {
            let guilty: Vec<usize> = self.below.get(at)?.iter().copied().filter(|input| self.within.get(*input) == Some(&true)).collect();
            let id = self.plan.plan().relations.get(at)?.id;
            match (*self.itself.get(at)?, guilty.as_slice()) {
                (false, [only]) => at = *only,
                (true, []) => return Some((id, Precision::Exact)),
                _ => return Some((id, Precision::Enclosing)),
            }
        }
    }
}

/// What a tree of expressions holds.
#[derive(Debug, Clone, Default)]
struct Found {
    suspect: bool,
    subqueries: Vec<u32>,
}

impl Found {
    fn add(&mut self, other: &Found) {
        self.suspect |= other.suspect;
        self.subqueries.extend(&other.subqueries);
    }
}

/// The plan's shared expressions, each with those that it holds in turn; they hold earlier ones only.
fn shared(plan: &Plan, code: Code) -> HashMap<u32, Found> {
    let mut all = HashMap::new();
    for (number, expression) in (1..).zip(&plan.shared_expressions) {
        let mut found = Found::default();
        search(expression, code, &all, &mut found);
        all.insert(number, found);
    }
    all
}

fn found_in(relation: &Relation, code: Code, shared: &HashMap<u32, Found>) -> Found {
    let mut found = Found { suspect: relation.kind.as_ref().is_some_and(|kind| raises(kind, code)), subqueries: Vec::new() };
    walk::relation(relation, &mut |expression, _| search(expression, code, shared, &mut found));
    found
}

/// Messages nest at most 100 deep, so this recursion is shallow.
fn search(expression: &Expression, code: Code, shared: &HashMap<u32, Found>, found: &mut Found) {
    match &expression.kind {
        Some(expression::Kind::Shared(number)) => {
            if let Some(other) = shared.get(number) {
                found.add(other);
            }
        }
        Some(kind) => {
            found.suspect |= expression_raises(kind, code);
            if let expression::Kind::Subquery(subquery) = kind {
                found.subqueries.push(subquery.relation);
            }
        }
        None => {}
    }
    walk::children(expression, &mut |child, _| search(child, code, shared, found));
}

/// Whether the relation can raise the code, its expressions apart. What hides a plan of its own can raise anything.
fn raises(kind: &relation::Kind, code: Code) -> bool {
    use relation::Kind;
    match kind {
        Kind::Sql(_) | Kind::ReadTable(_) | Kind::TableFunction(_) | Kind::Cached(_) | Kind::Extension(_) => true,
        Kind::MapBatches(_) | Kind::GroupedMap(_) | Kind::CogroupedMap(_) => true,
        Kind::ReadFiles(_) | Kind::LocalData(_) => !of_values(code),
        Kind::Conform(_) | Kind::Values(_) | Kind::FillNulls(_) | Kind::Replace(_) => {
            matches!(code, Code::CastFailed | Code::NumericOverflow)
        }
        Kind::Describe(_) | Kind::Pivot(_) => code == Code::NumericOverflow,
        _ => !of_values(code) && !of_files(code),
    }
}

fn expression_raises(kind: &expression::Kind, code: Code) -> bool {
    use expression::Kind;
    match kind {
        Kind::Call(call) => call_raises(call.function.as_ref(), code),
        Kind::Cast(cast) => cast.on_failure == CastFailure::Error as i32 && matches!(code, Code::CastFailed | Code::NumericOverflow),
        Kind::Aggregate(_) | Kind::Window(_) => code == Code::NumericOverflow,
        Kind::Subquery(subquery) => subquery.kind == SubqueryKind::Scalar as i32 && code == Code::CardinalityViolation,
        Kind::Sql(_) | Kind::Foreign(_) | Kind::Extension(_) => of_values(code),
        _ => false,
    }
}

fn call_raises(function: Option<&FunctionRef>, code: Code) -> bool {
    let Some(function) = function else { return false };
    match (function.namespace.as_str(), code) {
        ("core", Code::DivisionByZero) => matches!(function.name.as_str(), "divide" | "modulo"),
        ("core", Code::NumericOverflow) => ARITHMETIC.contains(&function.name.as_str()),
        ("core", _) => false,
        (_, code) => of_values(code),
    }
}

const ARITHMETIC: [&str; 8] = ["add", "subtract", "multiply", "divide", "modulo", "negate", "shift_left", "shift_right"];

/// Codes that expressions raise over values.
fn of_values(code: Code) -> bool {
    matches!(code, Code::DivisionByZero | Code::NumericOverflow | Code::CastFailed | Code::CardinalityViolation)
}

/// Codes that scans raise.
fn of_files(code: Code) -> bool {
    matches!(code, Code::DataInvalid | Code::DataCorrupt | Code::FileNotFound | Code::PermissionDenied | Code::External)
}
