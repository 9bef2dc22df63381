//! Aggregates: keys and measures, plain or over grouping sets.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Aggregate, Expr, GroupingSet, LogicalPlan};
use indexmap::IndexSet;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::GroupingMode;
use polybolos_protocol::{Code, Error, Result};

use super::project::gathered;
use super::{Binder, Draft, Here, Rel, missing, visible};
use crate::bind::expr::reference::{bare_name, item_expr};
use crate::bind::expr::{Calls, Clause, Computed, ExprBinder, Typed};
use crate::bind::fault::planned;
use crate::bind::place::{Located, Path};
use crate::bind::rows::{Rows, references};
use crate::bind::scope::Visible;

const KEY: Clause = Clause::rows("a grouping key");
const MEASURE: Clause = Clause::with_aggregates("a measure");

/// A grouping key: its public name, its column, and the expression that it stands for in measures.
pub(super) struct Key {
    name: String,
    pub(super) column: Column,
    value: Typed,
    /// The input's column, where the key is one under its own name.
    passed: Option<Arc<Visible>>,
}

impl Binder<'_> {
    pub(super) fn aggregate(&mut self, here: Here, aggregate: &pb::Aggregate, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let mut draft = Draft::rowwise(input);
        draft.order = None;
        let mut keys = self.keys(here, &aggregate.keys, &mut draft, path)?;
        let plain = aggregate.mode() == GroupingMode::Plain;
        if !plain {
            self.set_apart(&mut keys, &mut draft);
        }
        let (measures, parts) = self.measures(here, &aggregate.measures, &keys, path)?;
        let group = group_exprs(aggregate, &keys, path)?;
        let rows = grouped(&draft.rows, group, &parts.calls, &parts.below)?;
        draft.rows = parts.computed.into_iter().fold(rows, |rows, part| rows.compute(part.column, part.expr, part.depth));
        draft.outer.extend(parts.outer);
        for key in keys {
            draft.columns.push(key_column(key, here, plain));
        }
        for (name, value) in measures {
            draft.add(self.core, here, &name, value);
        }
        Ok(draft.finish(here))
    }

    /// Binds the keys; those that are no plain columns are computed below the aggregate.
    pub(super) fn keys(&self, here: Here, named: &[pb::NamedExpr], draft: &mut Draft, path: &Path) -> Result<Vec<Key>> {
        let input = self.input(here, 0)?;
        let scopes = [(input.at, input.scope.as_ref())];
        let mut binder = self.over(&scopes, KEY);
        let mut keys = Vec::with_capacity(named.len());
        let mut errors = Vec::new();
        for (number, item) in named.iter().enumerate() {
            match bound_key(&mut binder, item, &path.item("keys", number)) {
                Ok(key) => keys.push(key),
                Err(error) => errors.push(error),
            }
        }
        gathered(errors)?;
        let core = self.core;
        draft.absorb(binder, input, &[])?;
        Ok(keys.into_iter().map(|(name, value, passed)| Key { column: draft.place(core, &name, &value), name, value, passed }).collect())
    }

    /// Copies a column that stands for several keys: grouping sets make one of them null without the other.
    fn set_apart(&self, keys: &mut [Key], draft: &mut Draft) {
        let mut taken = HashSet::new();
        for key in keys {
            if !taken.insert(key.column.clone()) {
                let copy = self.core.fresh(&key.name);
                draft.rows = draft.rows.compute(copy.clone(), Expr::Column(key.column.clone()), 1);
                key.column = copy;
            }
        }
    }

    /// Binds the measures; what they read outside of aggregates are keys.
    fn measures(&self, here: Here, named: &[pb::NamedExpr], keys: &[Key], path: &Path) -> Result<(Vec<(String, Typed)>, Parts)> {
        let input = self.input(here, 0)?;
        let scopes = [(input.at, input.scope.as_ref())];
        let mut binder = self.over(&scopes, MEASURE);
        let mut measures = Vec::with_capacity(named.len());
        let mut errors = Vec::new();
        for (number, item) in named.iter().enumerate() {
            let path = path.item("measures", number);
            if item.name.is_empty() {
                errors.push(missing(&path.field("name")));
                continue;
            }
            let first = binder.computed.len();
            let bound = item_expr(item, &path).and_then(|expr| binder.bind(expr, &path.field("expr")));
            match bound.and_then(|value| over_keys(&mut binder, first, value, keys, input).at(&path.field("expr"))) {
                Ok(value) => measures.push((item.name.clone(), value)),
                Err(error) => errors.push(error),
            }
        }
        gathered(errors)?;
        let calls =
            binder.calls.into_iter().map(|(call, column)| Ok((grouping_over_keys(call, keys)?, column))).collect::<Result<Calls>>()?;
        Ok((measures, Parts { calls, below: binder.below, computed: binder.computed, outer: binder.outer }))
    }
}

/// What binding measures leaves: aggregates, columns below them, and columns above.
struct Parts {
    calls: Calls,
    below: Vec<Computed>,
    computed: Vec<Computed>,
    outer: Vec<super::OuterRef>,
}

fn bound_key(binder: &mut ExprBinder, item: &pb::NamedExpr, path: &Path) -> Result<(String, Typed, Option<Arc<Visible>>)> {
    let expr = item_expr(item, path)?;
    let inner = path.field("expr");
    let value = binder.bind(expr, &inner)?;
    match bare_name(expr) {
        Some(reference) => {
            let column = binder.resolve(reference).at(&inner.field("column"))?;
            let name = if item.name.is_empty() { column.name.to_string() } else { item.name.clone() };
            let passed = (name == column.name.as_ref()).then_some(column);
            Ok((name, value, passed))
        }
        None if item.name.is_empty() => Err(missing(&path.field("name"))),
        None => Ok((item.name.clone(), value, None)),
    }
}

/// In a plain aggregate a key that is a column passes on unchanged; in grouping sets it can become null.
pub(super) fn key_column(key: Key, here: Here, plain: bool) -> Arc<Visible> {
    match key.passed.filter(|_| plain) {
        Some(column) => column,
        None => {
            let field = Arc::new(key.value.field.as_ref().clone().with_nullable(key.value.nullable() || !plain));
            visible(here, &key.name, key.column, field)
        }
    }
}

fn group_exprs(aggregate: &pb::Aggregate, keys: &[Key], path: &Path) -> Result<Vec<Expr>> {
    let columns: Vec<Expr> = keys.iter().map(|key| Expr::Column(key.column.clone())).collect();
    Ok(match aggregate.mode() {
        GroupingMode::Unspecified => return Err(missing(&path.field("mode"))),
        GroupingMode::Plain => columns.into_iter().collect::<IndexSet<_>>().into_iter().collect(),
        GroupingMode::Rollup if columns.is_empty() => return Err(missing(&path.field("keys"))),
        GroupingMode::Cube if columns.is_empty() => return Err(missing(&path.field("keys"))),
        GroupingMode::Rollup => vec![Expr::GroupingSet(GroupingSet::Rollup(columns))],
        GroupingMode::Cube => vec![Expr::GroupingSet(GroupingSet::Cube(columns))],
        GroupingMode::Sets => {
            let sets = aggregate.sets.iter().enumerate().map(|(number, set)| grouping_set(set, &columns).at(&path.item("sets", number)));
            let sets = sets.collect::<Result<Vec<_>>>()?;
            if sets.is_empty() {
                return Err(missing(&path.field("sets")));
            }
            let used: IndexSet<&Expr> = sets.iter().flatten().collect();
            if let Some(unused) = keys.iter().find(|key| !used.contains(&Expr::Column(key.column.clone()))) {
                let message = format!("key '{}' is in none of the grouping sets", unused.name);
                return Err(Error::new(Code::PlanInvalidValue, message)).at(&path.field("sets"));
            }
            vec![Expr::GroupingSet(GroupingSet::GroupingSets(sets))]
        }
    })
}

fn grouping_set(set: &pb::GroupingSet, columns: &[Expr]) -> Result<Vec<Expr>> {
    let column = |index: &u32| {
        let found = usize::try_from(*index).ok().and_then(|index| columns.get(index));
        found
            .cloned()
            .ok_or_else(|| Error::new(Code::PlanInvalidValue, format!("there is no key {index}; the aggregate has {}", columns.len())))
    };
    set.keys.iter().map(column).collect()
}

/// The rows of an aggregate with these group expressions and calls.
pub(super) fn grouped(rows: &Rows, group: Vec<Expr>, calls: &Calls, below: &[Computed]) -> Result<Rows> {
    if group.is_empty() && calls.is_empty() {
        return Err(Error::new(Code::InvalidExpression, "an aggregate needs a key or an aggregate call"));
    }
    let rows = below.iter().fold(rows.clone(), |rows, part| rows.compute(part.column.clone(), part.expr.clone(), part.depth));
    let mut wanted: IndexSet<Column> = IndexSet::new();
    for expr in group.iter().chain(calls.keys()) {
        references(expr, &mut wanted)?;
    }
    let plan = rows.plan(&wanted.into_iter().collect::<Vec<_>>())?;
    let measures = calls.iter().map(|(call, (column, _))| call.clone().alias(column.name.clone())).collect();
    Ok(Rows::base(LogicalPlan::Aggregate(planned(Aggregate::try_new(plan, group, measures))?)))
}

/// A measure in which the keys' expressions are the keys' columns, and nothing else comes from the rows of the input.
fn over_keys(binder: &mut ExprBinder, first: usize, value: Typed, keys: &[Key], input: &Rel) -> Result<Typed> {
    let by_expr: HashMap<&Expr, &Column> = keys.iter().map(|key| (&key.value.expr, &key.column)).collect();
    for part in binder.computed.iter_mut().skip(first) {
        part.expr = key_columns(part.expr.clone(), &by_expr)?;
    }
    let expr = key_columns(value.expr, &by_expr)?;
    let known: IndexSet<&Column> = binder
        .calls
        .values()
        .map(|(column, _)| column)
        .chain(binder.computed.iter().map(|part| &part.column))
        .chain(keys.iter().map(|key| &key.column))
        .collect();
    for expr in binder.computed.iter().skip(first).map(|part| &part.expr).chain([&expr]) {
        let mut read: IndexSet<Column> = IndexSet::new();
        references(expr, &mut read)?;
        if let Some(column) = read.iter().find(|column| !known.contains(column)) {
            return Err(ungrouped(column, input));
        }
    }
    Ok(Typed { expr, ..value })
}

fn key_columns(expr: Expr, keys: &HashMap<&Expr, &Column>) -> Result<Expr> {
    let replaced = expr.transform_down(|node| {
        Ok(match keys.get(&node) {
            Some(column) => Transformed::new(Expr::Column((*column).clone()), true, TreeNodeRecursion::Jump),
            None => Transformed::no(node),
        })
    });
    planned(replaced).map(|replaced| replaced.data)
}

fn ungrouped(column: &Column, input: &Rel) -> Error {
    let named = input.scope.columns().iter().find(|visible| &visible.column == column);
    let name = named.map_or_else(|| column.name.clone(), |visible| visible.name.to_string());
    let message = format!("column '{name}' is neither a grouping key nor inside an aggregate");
    Error::new(Code::InvalidExpression, message).param("name", name)
}

/// `grouping` is asked about keys, by their columns.
fn grouping_over_keys(call: Expr, keys: &[Key]) -> Result<Expr> {
    let by_expr: HashMap<&Expr, &Column> = keys.iter().map(|key| (&key.value.expr, &key.column)).collect();
    let Expr::AggregateFunction(mut function) = call else {
        return Ok(call);
    };
    if function.func.name() == "grouping" {
        for arg in &mut function.params.args {
            match by_expr.get(arg) {
                Some(column) => *arg = Expr::Column((*column).clone()),
                None => return Err(Error::new(Code::InvalidExpression, "grouping is asked about grouping keys only")),
            }
        }
    }
    Ok(Expr::AggregateFunction(function))
}
