//! Nodes that stand beside the columns of their input: windows.

use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use indexmap::IndexSet;
use polybolos_protocol::Result;

use super::Rel;
use crate::bind::expr::Calls;
use crate::bind::fault::planned;
use crate::bind::rows::{Rows, references};

/// Rows with the results of these window calls, beside the input's columns and all others that the expressions read.
pub(super) fn over_windows(rows: &Rows, calls: Calls, input: &Rel, read: &[&Expr]) -> Result<Rows> {
    let mut wanted: IndexSet<Column> = input.columns().into_iter().collect();
    for expr in read.iter().copied().chain(calls.keys()) {
        references(expr, &mut wanted)?;
    }
    for (column, _) in calls.values() {
        wanted.shift_remove(column);
    }
    let mut available = Vec::with_capacity(wanted.len());
    for column in wanted {
        if rows.has(&column)? {
            available.push(column);
        }
    }
    let plan = rows.plan(&available)?;
    let mut names = Vec::with_capacity(calls.len());
    let mut windows: IndexSet<Expr> = IndexSet::with_capacity(calls.len());
    for (call, (column, _)) in calls {
        names.push((column, call.schema_name().to_string()));
        windows.insert(call);
    }
    let plan = planned(LogicalPlanBuilder::window_plan(plan.as_ref().clone(), windows))?;
    let rows = Rows::base(plan);
    Ok(names.into_iter().fold(rows, |rows, (column, name)| rows.compute(column, Expr::Column(Column::new_unqualified(name)), 1)))
}
