//! Row-wise work, kept as a list until something else needs its result.
//!
//! `with_columns`, `filter`, `select` and their like only add an entry: a column that is computed from columns before it, or
//! a condition that rows must meet. The list is shared between relations, so a step costs the same however many went before.
//! When an aggregate, a join or the end of the plan needs a [`LogicalPlan`], the list becomes the fewest projections and
//! filters that keep its order; columns that nobody uses are left out.
//!
//! A list whose columns build on one another too often (thousands of steps of a loop) becomes one [`Steps`] node instead, as
//! nested projections would cost stack for each level when they run.
//!
//! ```text
//! base <- compute total#1 = a + b <- keep total#1 > 3 <- compute share#2 = a / total#1
//! ```

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::common::Column;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, Filter, LogicalPlan, Projection};
use indexmap::IndexSet;
use polybolos_protocol::{Error, Result};

use super::expr::logic::all_of;
use super::fault::planned;
use super::nodes::steps::{Step, Steps};
use super::relation::Parts;
use super::relation::set_op::union;

/// More stages of nested projections and filters than this become one [`Steps`] node.
const STAGES_MAX: usize = 24;
/// So do columns whose expressions, with those of the columns that they use, nest deeper than this.
const DEPTH_MAX: u32 = 256;

/// A base plan and the row-wise work on top of it. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Rows(Arc<Entry>);

#[derive(Debug)]
enum Entry {
    Base(Arc<LogicalPlan>),
    /// A UNION ALL, made when it is needed: one more union adds to its inputs instead.
    Union(Parts),
    Compute {
        below: Option<Rows>,
        column: Column,
        expr: Expr,
        depth: u32,
    },
    Keep {
        below: Option<Rows>,
        predicate: Expr,
    },
}

impl Rows {
    pub(crate) fn base(plan: LogicalPlan) -> Self {
        Self(Arc::new(Entry::Base(Arc::new(plan))))
    }

    /// All rows of plans that have the same columns.
    pub(crate) fn union(parts: Parts) -> Self {
        Self(Arc::new(Entry::Union(parts)))
    }

    /// Adds a column; `depth` is the nesting of its expression.
    pub(crate) fn compute(&self, column: Column, expr: Expr, depth: u32) -> Self {
        Self(Arc::new(Entry::Compute { below: Some(self.clone()), column, expr, depth }))
    }

    /// Keeps the rows for which the predicate is true.
    pub(crate) fn keep(&self, predicate: Expr) -> Self {
        Self(Arc::new(Entry::Keep { below: Some(self.clone()), predicate }))
    }

    /// The plan that gives at least these columns.
    pub(crate) fn plan(&self, wanted: &[Column]) -> Result<Arc<LogicalPlan>> {
        let (base, entries) = self.unroll()?;
        if entries.is_empty() {
            return Ok(base);
        }
        let entries = needed(entries, wanted);
        if too_deep(&entries) {
            return steps_plan(base, &entries, wanted);
        }
        let stages = stages(&entries);
        if stages.len() > STAGES_MAX {
            return steps_plan(base, &entries, wanted);
        }
        staged_plan(base, &stages, wanted)
    }

    /// The columns that the rows start from.
    pub(crate) fn base_columns(&self) -> Result<Vec<Column>> {
        Ok(self.unroll()?.0.schema().columns())
    }

    /// Whether one of the entries, or the base, gives this column.
    pub(crate) fn has(&self, column: &Column) -> Result<bool> {
        let (base, entries) = self.unroll()?;
        let computed = |entry: &&Entry| matches!(entry, Entry::Compute { column: computed, .. } if computed == column);
        Ok(base.schema().has_column(column) || entries.iter().any(computed))
    }

    /// The base and the entries above it, lowest first.
    fn unroll(&self) -> Result<(Arc<LogicalPlan>, Vec<&Entry>)> {
        let mut entries = Vec::new();
        let mut at = self;
        loop {
            match at.0.as_ref() {
                Entry::Base(plan) => {
                    entries.reverse();
                    return Ok((Arc::clone(plan), entries));
                }
                Entry::Union(parts) => {
                    entries.reverse();
                    return Ok((union(parts)?, entries));
                }
                entry @ (Entry::Compute { below, .. } | Entry::Keep { below, .. }) => {
                    entries.push(entry);
                    match below {
                        Some(below) => at = below,
                        None => return Err(Error::internal("rows without a base")),
                    }
                }
            }
        }
    }
}

/// Thousands of entries would overflow the stack if each dropped the next.
impl Drop for Entry {
    fn drop(&mut self) {
        let mut next = self.take_below();
        while let Some(Rows(entry)) = next {
            next = Arc::into_inner(entry).and_then(|mut entry| entry.take_below());
        }
    }
}

impl Entry {
    fn take_below(&mut self) -> Option<Rows> {
        match self {
            Entry::Base(_) | Entry::Union(_) => None,
            Entry::Compute { below, .. } | Entry::Keep { below, .. } => below.take(),
        }
    }
}

/// The columns that an expression reads, those that its subqueries reach for included.
pub(crate) fn references(expr: &Expr, into: &mut impl Extend<Column>) -> Result<()> {
    let found = expr.apply(|node| {
        match node {
            Expr::Column(column) => into.extend([column.clone()]),
            Expr::ScalarSubquery(subquery) => into.extend(outer_columns(&subquery.outer_ref_columns)),
            Expr::Exists(exists) => into.extend(outer_columns(&exists.subquery.outer_ref_columns)),
            Expr::InSubquery(inside) => into.extend(outer_columns(&inside.subquery.outer_ref_columns)),
            Expr::SetComparison(quantified) => into.extend(outer_columns(&quantified.subquery.outer_ref_columns)),
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    });
    planned(found).map(|_| ())
}

fn outer_columns(outer: &[Expr]) -> impl Iterator<Item = Column> + '_ {
    outer.iter().filter_map(|expr| match expr {
        Expr::OuterReferenceColumn(_, column) => Some(column.clone()),
        _ => None,
    })
}

/// An entry with the columns that it reads.
struct Used<'e> {
    entry: &'e Entry,
    reads: HashSet<Column>,
}

/// The entries that the wanted columns depend on.
fn needed<'e>(entries: Vec<&'e Entry>, wanted: &[Column]) -> Vec<Used<'e>> {
    let mut live: HashSet<Column> = wanted.iter().cloned().collect();
    let mut used = Vec::with_capacity(entries.len());
    for entry in entries.into_iter().rev() {
        let expr = match entry {
            Entry::Base(_) | Entry::Union(_) => continue,
            Entry::Compute { column, .. } if !live.contains(column) => continue,
            Entry::Compute { expr, .. } => expr,
            Entry::Keep { predicate, .. } => predicate,
        };
        let mut reads = HashSet::new();
        // Walking an expression to look at its columns cannot fail.
        let _ = references(expr, &mut reads);
        live.extend(reads.iter().cloned());
        used.push(Used { entry, reads });
    }
    used.reverse();
    used
}

fn too_deep(entries: &[Used]) -> bool {
    let mut depths: HashMap<&Column, u32> = HashMap::new();
    entries.iter().any(|used| {
        let below = used.reads.iter().filter_map(|column| depths.get(column)).max().copied().unwrap_or(0);
        match used.entry {
            Entry::Compute { column, depth, .. } => {
                depths.insert(column, below + depth);
                below + depth > DEPTH_MAX
            }
            _ => below > DEPTH_MAX,
        }
    })
}

/// A projection that adds columns, or a filter.
enum Stage<'e> {
    Add(Vec<(&'e Column, &'e Expr)>),
    Keep(Vec<&'e Expr>),
}

/// Groups the entries: computations that do not build on one another stand side by side, and a condition stands below the
/// computations that it does not need.
fn stages<'e>(entries: &[Used<'e>]) -> Vec<Stage<'e>> {
    let mut stages = Vec::new();
    let mut kept: Vec<&Expr> = Vec::new();
    let mut levels: Vec<Vec<(&Column, &Expr)>> = Vec::new();
    let mut level_of: HashMap<&Column, usize> = HashMap::new();
    for used in entries {
        let above = used.reads.iter().filter_map(|column| level_of.get(column)).max().map_or(0, |level| level + 1);
        match used.entry {
            Entry::Base(_) | Entry::Union(_) => {}
            Entry::Compute { column, expr, .. } => {
                if levels.len() <= above {
                    levels.push(Vec::new());
                }
                if let Some(level) = levels.get_mut(above) {
                    level.push((column, expr));
                }
                level_of.insert(column, above);
            }
            Entry::Keep { predicate, .. } => {
                if above > 0 {
                    emit(&mut stages, &mut kept, &mut levels);
                    level_of.clear();
                }
                kept.push(predicate);
            }
        }
    }
    emit(&mut stages, &mut kept, &mut levels);
    stages
}

fn emit<'e>(stages: &mut Vec<Stage<'e>>, kept: &mut Vec<&'e Expr>, levels: &mut Vec<Vec<(&'e Column, &'e Expr)>>) {
    if !kept.is_empty() {
        stages.push(Stage::Keep(std::mem::take(kept)));
    }
    stages.extend(levels.drain(..).map(Stage::Add));
}

fn staged_plan(base: Arc<LogicalPlan>, stages: &[Stage], wanted: &[Column]) -> Result<Arc<LogicalPlan>> {
    let mut passed: Vec<IndexSet<Column>> = Vec::with_capacity(stages.len());
    let mut live: IndexSet<Column> = wanted.iter().cloned().collect();
    for stage in stages.iter().rev() {
        passed.push(live.clone());
        match stage {
            Stage::Add(columns) => {
                live.retain(|column| columns.iter().all(|(added, _)| *added != column));
                for (_, expr) in columns {
                    references(expr, &mut live)?;
                }
            }
            Stage::Keep(predicates) => {
                for predicate in predicates {
                    references(predicate, &mut live)?;
                }
            }
        }
    }
    let mut plan = base;
    for (stage, live) in stages.iter().zip(passed.iter().rev()) {
        plan = Arc::new(stage_plan(plan, stage, live)?);
    }
    Ok(plan)
}

fn stage_plan(input: Arc<LogicalPlan>, stage: &Stage, live: &IndexSet<Column>) -> Result<LogicalPlan> {
    match stage {
        Stage::Keep(predicates) => {
            let predicate = all_of(predicates.iter().map(|predicate| (*predicate).clone()).collect());
            planned(Filter::try_new(predicate, input).map(LogicalPlan::Filter))
        }
        Stage::Add(columns) => {
            let added: HashMap<&Column, &Expr> = columns.iter().copied().collect();
            let exprs = live
                .iter()
                .map(|column| match added.get(column) {
                    Some(expr) => (*expr).clone().alias(column.name.clone()),
                    None => Expr::Column(column.clone()),
                })
                .collect();
            planned(Projection::try_new(exprs, input).map(LogicalPlan::Projection))
        }
    }
}

fn steps_plan(base: Arc<LogicalPlan>, entries: &[Used], wanted: &[Column]) -> Result<Arc<LogicalPlan>> {
    let mut plan = base;
    let mut steps: Vec<Step> = Vec::new();
    for (at, used) in entries.iter().enumerate() {
        let step = match used.entry {
            Entry::Base(_) | Entry::Union(_) => continue,
            Entry::Compute { column, expr, .. } => Step::Add(column.clone(), expr.clone()),
            Entry::Keep { predicate, .. } => Step::Keep(predicate.clone()),
        };
        if !step.has_subquery() {
            steps.push(step);
            continue;
        }
        let mut live: IndexSet<Column> = wanted.iter().cloned().collect();
        entries.iter().skip(at).for_each(|used| live.extend(used.reads.iter().cloned()));
        let defined_later = entries.iter().skip(at).filter_map(|used| match used.entry {
            Entry::Compute { column, .. } => Some(column),
            _ => None,
        });
        let defined_later: HashSet<&Column> = defined_later.collect();
        live.retain(|column| !defined_later.contains(column));
        plan = Steps::over(plan, std::mem::take(&mut steps), live.iter().cloned().collect())?;
        let stage = match &step {
            Step::Add(column, expr) => {
                live.insert(column.clone());
                Stage::Add(vec![(column, expr)])
            }
            Step::Keep(predicate) => Stage::Keep(vec![predicate]),
        };
        plan = Arc::new(stage_plan(plan, &stage, &live)?);
    }
    Steps::over(plan, steps, wanted.to_vec())
}
