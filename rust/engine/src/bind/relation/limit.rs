//! Order and number of rows: sort, limit, sample, repartition, observe.

use std::sync::Arc;

use datafusion::common::Column;
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Expr, Limit, LogicalPlan, Partitioning, Repartition, Sort, SortExpr, WindowFrame, WindowFunctionDefinition, lit,
};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::repartition::Scheme;
use polybolos_protocol::{Code, Error, Result};

use super::{Binder, Draft, Here, Rel, missing};
use crate::bind::expr::reference::item_expr;
use crate::bind::expr::{Calls, Clause};
use crate::bind::fault::planned;
use crate::bind::nodes::observe::{self, Observation};
use crate::bind::nodes::sample::{self, Draw};
use crate::bind::place::{Located, Path};
use crate::bind::rows::Rows;

const SORT: Clause = Clause::rows("a sort");

impl Binder<'_> {
    pub(super) fn sort(&mut self, here: Here, sort: &pb::Sort, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let scopes = [(input.at, input.scope.as_ref())];
        let mut binder = self.over(&scopes, SORT);
        let keys = binder.bind_sort_keys(&sort.keys, "keys", path)?;
        if keys.is_empty() {
            return Err(missing(&path.field("keys")));
        }
        let mut draft = Draft::rowwise(input);
        draft.absorb(binder, input, &[])?;
        let keys = self.as_columns(&mut draft, keys);
        draft.rows = sorted(&draft.rows, input, &keys, None)?;
        draft.order = Some(keys.into());
        Ok(draft.finish_as(here, input))
    }

    /// Sort keys that are columns, so that they can be used again above.
    fn as_columns(&self, draft: &mut Draft, keys: Vec<SortExpr>) -> Vec<SortExpr> {
        keys.into_iter()
            .map(|key| match key.expr {
                Expr::Column(_) => key,
                expr => {
                    let column = self.core.fresh("key");
                    draft.rows = draft.rows.compute(column.clone(), expr, 1);
                    SortExpr { expr: Expr::Column(column), ..key }
                }
            })
            .collect()
    }

    pub(super) fn limit(&mut self, here: Here, limit: &pb::Limit, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let mut draft = Draft::rowwise(input);
        match (limit.count, limit.with_ties) {
            (None, true) => return Err(missing(&path.field("count"))),
            (Some(count), true) => {
                let order = input
                    .order
                    .clone()
                    .ok_or_else(|| Error::new(Code::InvalidExpression, "a limit with ties needs a sort right below it"))
                    .at(path)?;
                draft.rows = self.with_ties(input, &order, count, limit.offset)?;
            }
            (count, false) => {
                let plan = input.plan()?;
                let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
                let skip = (limit.offset > 0).then(|| Box::new(lit(whole(limit.offset))));
                let fetch = count.map(|count| Box::new(lit(whole(count))));
                if skip.is_some() || fetch.is_some() {
                    draft.rows = Rows::base(LogicalPlan::Limit(Limit { skip, fetch, input: plan }));
                }
            }
        }
        Ok(draft.finish_as(here, input))
    }

    /// Rows up to a rank; those before the offset are left out by their number.
    fn with_ties(&self, input: &Rel, order: &[SortExpr], count: u64, offset: u64) -> Result<Rows> {
        let mut calls = Calls::new();
        let rank = self.ranking(&mut calls, "rank", order)?;
        let number = self.ranking(&mut calls, "row_number", order)?;
        let read = [Expr::Column(rank.clone()), Expr::Column(number.clone())];
        let keys: Vec<&Expr> = order.iter().map(|key| &key.expr).chain(&read).collect();
        let rows = super::side::over_windows(&input.rows, calls, input, &keys)?;
        let rows = rows.keep(Expr::Column(rank).lt_eq(lit(offset.saturating_add(count))));
        let rows = if offset > 0 { rows.keep(Expr::Column(number).gt(lit(offset))) } else { rows };
        sorted(&rows, input, order, None)
    }

    /// A ranking window function over all rows in this order.
    fn ranking(&self, calls: &mut Calls, name: &str, order: &[SortExpr]) -> Result<Column> {
        let (call, field) = ranking(self.core.state(), name, Vec::new(), order.to_vec())?;
        let column = self.core.fresh(name);
        calls.insert(call, (column.clone(), field));
        Ok(column)
    }

    pub(super) fn sample(&mut self, here: Here, sample: &pb::Sample, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let seed = sample.seed.unwrap_or_else(rand::random);
        let mut draft = Draft::rowwise(input);
        if let Some(rows) = sample.rows {
            if sample.replacement {
                return Err(Error::unsupported("a number of rows with replacement; give a fraction")).at(path);
            }
            draft.rows = self.sample_rows(input, seed, rows)?;
            draft.order = None;
            return Ok(draft.finish_as(here, input));
        }
        let fraction = sample.fraction;
        let most = if sample.replacement { 100.0 } else { 1.0 };
        if !(0.0..=most).contains(&fraction) {
            return Err(Error::new(Code::PlanInvalidValue, format!("the fraction {fraction} is not between 0 and {most}")))
                .at(&path.field("fraction"));
        }
        let draw = if sample.replacement { Draw::Repeat(fraction) } else { Draw::Keep(fraction) };
        draft.rows = Rows::base(sample::over(input.exact_plan()?, seed, draw)?);
        Ok(draft.finish_as(here, input))
    }

    /// Exactly so many rows: those with the least random numbers.
    fn sample_rows(&self, input: &Rel, seed: i64, rows: u64) -> Result<Rows> {
        let column = self.core.fresh("random");
        let numbered = Rows::base(sample::over(input.exact_plan()?, seed, Draw::Number(column.name.clone()))?);
        let key = Expr::Column(column).sort(true, false);
        sorted(&numbered, input, &[key], Some(usize::try_from(rows).unwrap_or(usize::MAX)))
    }

    pub(super) fn repartition(&mut self, here: Here, repartition: &pb::Repartition, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let scopes = [(input.at, input.scope.as_ref())];
        let mut binder = self.over(&scopes, Clause::rows("a repartition"));
        let usual = self.core.state().config().target_partitions();
        let count = |count: Option<u32>| count.filter(|count| *count > 0).map_or(usual, |count| usize::try_from(count).unwrap_or(usual));
        let mut warning = None;
        let scheme = match repartition.scheme.as_ref().ok_or_else(|| missing(&path.field("scheme")))? {
            Scheme::RoundRobin(scheme) => Partitioning::RoundRobinBatch(count(Some(scheme.partitions))),
            Scheme::Coalesce(scheme) => Partitioning::RoundRobinBatch(count(Some(scheme.partitions)).min(usual.max(1))),
            Scheme::Hash(scheme) => {
                let path = path.field("hash");
                let keys =
                    scheme.keys.iter().enumerate().map(|(number, key)| binder.bind(key, &path.item("keys", number)).map(|key| key.expr));
                Partitioning::Hash(keys.collect::<Result<Vec<_>>>()?, count(scheme.partitions))
            }
            Scheme::Range(scheme) => {
                warning = Some("this engine spreads rows evenly, not by ranges of keys");
                binder.bind_sort_keys(&scheme.keys, "keys", &path.field("range"))?;
                Partitioning::RoundRobinBatch(count(scheme.partitions))
            }
        };
        let mut draft = Draft::rowwise(input);
        draft.absorb(binder, input, &[])?;
        let mut wanted = input.columns();
        if let Partitioning::Hash(keys, _) = &scheme {
            for key in keys {
                crate::bind::rows::references(key, &mut wanted)?;
            }
        }
        let plan = draft.rows.plan(&wanted)?;
        draft.rows = Rows::base(LogicalPlan::Repartition(Repartition { input: plan, partitioning_scheme: scheme }));
        draft.order = None;
        let rel = draft.finish_as(here, input);
        if let Some(message) = warning {
            self.warn(here, "REPARTITION_OTHERWISE", message.to_owned(), path);
        }
        Ok(rel)
    }

    pub(super) fn observe(&mut self, here: Here, observe: &pb::Observe, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let scopes = [(input.at, input.scope.as_ref())];
        let mut binder = self.over(&scopes, Clause { hoists: false, ..Clause::with_aggregates("an observed metric") });
        let mut metrics = Vec::with_capacity(observe.metrics.len());
        for (number, metric) in observe.metrics.iter().enumerate() {
            let path = path.item("metrics", number);
            if metric.name.is_empty() {
                return Err(missing(&path.field("name")));
            }
            let value = binder.bind(item_expr(metric, &path)?, &path.field("expr"))?;
            metrics.push((metric.name.clone(), value));
        }
        let (calls, below) = (std::mem::take(&mut binder.calls), std::mem::take(&mut binder.below));
        let mut draft = Draft::rowwise(input);
        draft.absorb(binder, input, &[])?;
        let mut wanted = input.columns();
        for computed in below {
            wanted.push(computed.column.clone());
            draft.rows = draft.rows.compute(computed.column, computed.expr, computed.depth);
        }
        let plan = super::exact(draft.rows.plan(&wanted)?, wanted.iter())?;
        let observation = Arc::new(Observation::new(observe.name.clone()));
        draft.rows = Rows::base(observe::over(plan, Arc::clone(&observation), calls, metrics).at(path)?);
        let rel = draft.finish_as(here, input);
        self.observed.push(observation);
        Ok(rel)
    }
}

/// The rows in this order, with the columns of the input and of the keys.
pub(super) fn sorted(rows: &Rows, input: &Rel, keys: &[SortExpr], fetch: Option<usize>) -> Result<Rows> {
    let mut wanted = input.columns();
    for key in keys {
        if let Expr::Column(column) = &key.expr
            && !wanted.contains(column)
        {
            wanted.push(column.clone());
        }
    }
    let plan = rows.plan(&wanted)?;
    Ok(Rows::base(LogicalPlan::Sort(Sort { expr: keys.to_vec(), input: plan, fetch })))
}

/// The call of a ranking window function, with the field of its result.
pub(super) fn ranking(
    state: &datafusion::execution::SessionState,
    name: &str,
    partition_by: Vec<Expr>,
    order_by: Vec<SortExpr>,
) -> Result<(Expr, arrow::datatypes::FieldRef)> {
    let function = state
        .window_functions()
        .get(name)
        .cloned()
        .ok_or_else(|| Error::unsupported(format!("this session has no window function {name}")))?;
    let function = WindowFunctionDefinition::WindowUDF(function);
    let field = planned(function.return_field(&[], name))?;
    let params = WindowFunctionParams {
        args: Vec::new(),
        partition_by,
        window_frame: WindowFrame::new((!order_by.is_empty()).then_some(false)),
        order_by,
        filter: None,
        null_treatment: None,
        distinct: false,
    };
    Ok((Expr::from(WindowFunction { fun: function, params }), field))
}
