//! One step of a DataFrame: a node of the plan with the caller's line.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use arrow_schema::SchemaRef;
use bytes::Bytes;
use polybolos_protocol::error::Code;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::relation::Kind;
use polybolos_protocol::{Error, Result};

use crate::call_site::Site;
use crate::expr::{Expr, Flags, SortKey};
use crate::naming;
use crate::reclaim;

/// Ids are unique in the process, so that frames of any origin can be joined without renumbering.
static NEXT_ID: AtomicU32 = AtomicU32::new(1);

/// A node of the plan.
pub(crate) struct Relation {
    pub(crate) id: u32,
    pub(crate) op: RelationOp,
    pub(crate) inputs: Vec<Arc<Relation>>,
    pub(crate) site: Site,
}

/// What the node does. A kind without expressions is the wire's own message; the others keep their expressions until the
/// plan is written, because only the plan knows where they are shared.
pub(crate) enum RelationOp {
    Plain(Box<Kind>),
    Local(Arc<LocalSource>),
    Sql { text: String, dialect: String, input_names: Vec<String>, positional: Vec<Expr>, named: Vec<Expr> },
    TableFunction { namespace: String, name: String, args: Vec<Expr>, outer: bool },
    Project(Vec<Selected>),
    Filter(Expr),
    Aggregate { keys: Vec<Expr>, measures: Vec<Expr>, mode: pb::GroupingMode, sets: Vec<Vec<u32>> },
    Sort { keys: Vec<SortKey>, within_partitions: bool },
    Distinct { on: Vec<Expr>, keep: Vec<SortKey> },
    Unnest { value: Expr, shape: pb::Unnest },
    RepartitionByHash { keys: Vec<Expr>, partitions: Option<u32> },
    RepartitionByRange { keys: Vec<SortKey>, partitions: Option<u32> },
    Hint { name: String, args: Vec<Expr> },
    Observe { name: String, metrics: Vec<Expr> },
    WithColumns(Vec<Expr>),
    Drop { columns: Vec<Expr>, missing_ok: bool },
    Pivot { keys: Vec<Expr>, column: Expr, values: Vec<pb::Literal>, measures: Vec<Expr> },
    Unpivot { ids: Vec<Expr>, values: Vec<Expr>, shape: pb::Unpivot },
    Join { kind: pb::JoinKind, on: Expr, lateral: bool },
}

/// An item of a projection.
pub(crate) enum Selected {
    Column(Expr),
    Star(pb::Star),
}

/// Local data: inside the plan where it is small, else sent once, when it is first needed.
pub(crate) struct LocalSource {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Vec<RecordBatch>,
    pub(crate) bytes: usize,
    pub(crate) inline: OnceLock<Bytes>,
    pub(crate) uploaded: tokio::sync::OnceCell<String>,
}

impl Relation {
    pub(crate) fn new(op: RelationOp, inputs: Vec<Arc<Relation>>, site: Site) -> Result<Self> {
        let id = NEXT_ID.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |id| id.checked_add(1));
        let id =
            id.map_err(|_| Error::new(Code::LimitExceeded, "this process has built 4 294 967 295 DataFrames, which is all there can be"))?;
        Ok(Self { id, op, inputs, site })
    }

    /// Whatever must stand before this relation in a plan: its inputs, and the frames of its subqueries.
    pub(crate) fn dependencies(&self) -> Vec<&Arc<Relation>> {
        let mut all: Vec<_> = self.inputs.iter().collect();
        for expr in self.op.exprs().filter(|expr| expr.flags().has(Flags::SUBQUERY)) {
            all.extend(expr.subqueries().into_iter().map(|frame| frame.relation()));
        }
        all
    }
}

impl Drop for Relation {
    fn drop(&mut self) {
        if !self.inputs.is_empty() {
            reclaim::defer(reclaim::Owned::Relations(std::mem::take(&mut self.inputs)));
        }
    }
}

/// The relation and all that it stands on, inputs before users, each once.
pub(crate) fn in_order(root: &Arc<Relation>) -> Vec<&Relation> {
    let mut seen = std::collections::HashSet::new();
    let mut order = Vec::new();
    let mut pending = vec![(root, false)];
    while let Some((relation, ready)) = pending.pop() {
        if ready {
            order.push(relation.as_ref());
        } else if seen.insert(relation.id) {
            pending.push((relation, true));
            pending.extend(relation.dependencies().into_iter().rev().map(|input| (input, false)));
        }
    }
    order
}

/// Adds the caller's line to an error that names a relation below this one, and to the errors that came with it; and the text of
/// the guilty expression.
pub(crate) fn blame(root: &Arc<Relation>, error: Error) -> Error {
    let error = match guilty_expression(root, &error) {
        Some(text) => error.with_expression(text),
        None => error,
    };
    error.with_call_sites(&|id| find(root, id).map(|relation| relation.site.to_call_site()))
}

fn guilty_expression(root: &Arc<Relation>, error: &Error) -> Option<String> {
    let place = error.location().filter(|place| place.relation != 0)?;
    find(root, place.relation)?.op.expr_at(&place.path).map(naming::text)
}

fn find(root: &Arc<Relation>, id: u32) -> Option<&Relation> {
    in_order(root).into_iter().find(|relation| relation.id == id)
}

/// The name and index of the second step of a path: `keys`, 1 for `aggregate.keys[1].expr.column`.
fn field_of(path: &str) -> Option<(&str, usize)> {
    let step = path.split('.').nth(1)?;
    match step.split_once('[') {
        Some((name, index)) => Some((name, index.trim_end_matches(']').parse().ok()?)),
        None => Some((step, 0)),
    }
}

impl RelationOp {
    pub(crate) fn plain(kind: Kind) -> Self {
        Self::Plain(Box::new(kind))
    }

    /// The expression that a path of the plan lies in; the only one of a node that has one.
    fn expr_at(&self, path: &str) -> Option<&Expr> {
        let mut all = self.exprs();
        if let (Some(only), None) = (all.next(), all.next()) {
            return Some(only);
        }
        let (field, index) = field_of(path)?;
        match self {
            RelationOp::Project(items) => match items.get(index)? {
                Selected::Column(expr) => Some(expr),
                Selected::Star(_) => None,
            },
            RelationOp::Pivot { column, .. } if field == "column" => Some(column),
            _ => self.field(field).into_iter().nth(index),
        }
    }

    /// The expressions in a repeated field of the node.
    fn field(&self, name: &str) -> Vec<&Expr> {
        match (self, name) {
            (RelationOp::Aggregate { keys, .. } | RelationOp::Pivot { keys, .. }, "keys") => keys.iter().collect(),
            (RelationOp::Aggregate { measures, .. } | RelationOp::Pivot { measures, .. }, "measures") => measures.iter().collect(),
            (RelationOp::Unpivot { ids, .. }, "ids") => ids.iter().collect(),
            (RelationOp::Unpivot { values, .. }, "values") => values.iter().collect(),
            (RelationOp::Distinct { on, .. }, "on") => on.iter().collect(),
            (RelationOp::Distinct { keep, .. }, "keep") => of_keys(keep).collect(),
            (RelationOp::Sql { named, .. }, "named_args") => named.iter().collect(),
            (RelationOp::Aggregate { .. } | RelationOp::Pivot { .. } | RelationOp::Unpivot { .. } | RelationOp::Distinct { .. }, _) => {
                Vec::new()
            }
            _ => self.exprs().collect(),
        }
    }

    /// The expressions of the node.
    pub(crate) fn exprs(&self) -> Box<dyn Iterator<Item = &Expr> + '_> {
        match self {
            RelationOp::Plain(_) | RelationOp::Local(_) => Box::new(std::iter::empty()),
            RelationOp::Filter(expr) | RelationOp::Unnest { value: expr, .. } | RelationOp::Join { on: expr, .. } => {
                Box::new(std::iter::once(expr))
            }
            RelationOp::Project(items) => Box::new(items.iter().filter_map(|item| match item {
                Selected::Column(expr) => Some(expr),
                Selected::Star(_) => None,
            })),
            RelationOp::TableFunction { args: exprs, .. }
            | RelationOp::RepartitionByHash { keys: exprs, .. }
            | RelationOp::Hint { args: exprs, .. }
            | RelationOp::Observe { metrics: exprs, .. }
            | RelationOp::Drop { columns: exprs, .. }
            | RelationOp::WithColumns(exprs) => Box::new(exprs.iter()),
            RelationOp::Sql { positional, named, .. } => Box::new(positional.iter().chain(named)),
            RelationOp::Aggregate { keys, measures, .. } => Box::new(keys.iter().chain(measures)),
            RelationOp::Unpivot { ids, values, .. } => Box::new(ids.iter().chain(values)),
            RelationOp::Pivot { keys, column, measures, .. } => Box::new(keys.iter().chain(std::iter::once(column)).chain(measures)),
            RelationOp::Sort { keys, .. } | RelationOp::RepartitionByRange { keys, .. } => Box::new(of_keys(keys)),
            RelationOp::Distinct { on, keep } => Box::new(on.iter().chain(of_keys(keep))),
        }
    }

    /// Refuses what can stand in no plan, whatever the schema.
    pub(crate) fn allows(&self, expr: &Expr) -> Result<()> {
        let flags = expr.flags();
        if flags.has(Flags::STAR) {
            return Err(misplaced("a star stands only in select(), alone or beside other columns", expr));
        }
        if flags.has(Flags::BARE_WINDOW) {
            return Err(misplaced("a window function needs a window: add .over(...)", expr));
        }
        if flags.has(Flags::AGGREGATE) && !self.takes_aggregates() {
            return Err(misplaced(&format!("an aggregate stands in agg(), not in {}()", self.word()), expr));
        }
        if flags.has(Flags::WINDOW) && !matches!(self, RelationOp::Project(_) | RelationOp::WithColumns(_)) {
            return Err(misplaced(
                &format!("a window function cannot stand in {}(): compute it with with_column() first", self.word()),
                expr,
            ));
        }
        Ok(())
    }

    fn takes_aggregates(&self) -> bool {
        matches!(self, RelationOp::Aggregate { .. } | RelationOp::Pivot { .. } | RelationOp::Observe { .. })
    }

    /// The method that makes such a node.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            RelationOp::Plain(kind) => plain_word(kind),
            RelationOp::Local(_) => "from_batches",
            RelationOp::Sql { .. } => "sql",
            RelationOp::TableFunction { .. } => "table_function",
            RelationOp::Project(_) => "select",
            RelationOp::Filter(_) => "filter",
            RelationOp::Aggregate { .. } => "agg",
            RelationOp::Sort { .. } => "sort",
            RelationOp::Distinct { .. } => "distinct",
            RelationOp::Unnest { .. } => "unnest",
            RelationOp::RepartitionByHash { .. } | RelationOp::RepartitionByRange { .. } => "repartition",
            RelationOp::Hint { .. } => "hint",
            RelationOp::Observe { .. } => "observe",
            RelationOp::WithColumns(_) => "with_columns",
            RelationOp::Drop { .. } => "drop",
            RelationOp::Pivot { .. } => "pivot",
            RelationOp::Unpivot { .. } => "unpivot",
            RelationOp::Join { .. } => "join",
        }
    }
}

fn of_keys(keys: &[SortKey]) -> impl Iterator<Item = &Expr> {
    keys.iter().map(|key| &key.expr)
}

fn plain_word(kind: &Kind) -> &'static str {
    match kind {
        Kind::ReadTable(_) => "table",
        Kind::ReadFiles(_) => "read",
        Kind::LocalData(_) => "from_batches",
        Kind::Values(_) => "values",
        Kind::Range(_) => "range",
        Kind::Limit(_) => "limit",
        Kind::Distinct(_) => "distinct",
        Kind::Sample(_) => "sample",
        Kind::Repartition(_) => "repartition",
        Kind::Alias(_) => "alias",
        Kind::Rename(_) => "rename",
        Kind::Conform(_) => "conform",
        Kind::FillNulls(_) => "fill_null",
        Kind::DropNulls(_) => "drop_nulls",
        Kind::Replace(_) => "replace",
        Kind::Describe(_) => "describe",
        Kind::Join(_) => "join",
        Kind::SetOp(_) => "union",
        Kind::Cached(_) => "cache",
        _ => "relation",
    }
}

fn misplaced(rule: &str, expr: &Expr) -> Error {
    Error::new(Code::InvalidExpression, format!("{rule}; here stands {expr:?}"))
}
