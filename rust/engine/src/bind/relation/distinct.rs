//! Distinct rows: whole ones, or one per value of some columns.

use datafusion::common::Column;
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan, lit};
use polybolos_protocol::Result;
use polybolos_protocol::wire::plan as pb;

use super::{Binder, Draft, Here, Rel};
use crate::bind::expr::{Calls, Clause};
use crate::bind::place::{Located, Path};
use crate::bind::rows::Rows;

impl Binder<'_> {
    pub(super) fn distinct(&mut self, here: Here, distinct: &pb::Distinct, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        if distinct.on.is_empty() && distinct.keep.is_empty() {
            let mut draft = Draft::over(&[input], Rows::base(LogicalPlan::Distinct(Distinct::All(input.exact_plan()?))), Vec::new());
            draft.order = None;
            return Ok(draft.finish_as(here, input));
        }
        let scopes = [(input.at, input.scope.as_ref())];
        let mut binder = self.over(&scopes, Clause::rows("a distinct"));
        let mut on: Vec<Expr> = Vec::with_capacity(distinct.on.len());
        for (number, reference) in distinct.on.iter().enumerate() {
            let column = binder.resolve(reference).at(&path.item("on", number))?;
            on.push(Expr::Column(column.column.clone()));
        }
        if on.is_empty() {
            on = input.columns().into_iter().map(Expr::Column).collect();
        }
        let keep = binder.bind_sort_keys(&distinct.keep, "keep", path)?;
        let mut draft = Draft::rowwise(input);
        draft.absorb(binder, input, &[])?;
        let (call, field) = super::limit::ranking(self.core.state(), "row_number", on, keep)?;
        let number = self.core.fresh("row_number");
        let calls = Calls::from_iter([(call, (number.clone(), field))]);
        let read = Expr::Column(Column::clone(&number));
        let rows = super::side::over_windows(&draft.rows, calls, input, &[&read])?;
        draft.rows = rows.keep(read.eq(lit(1u64)));
        draft.order = None;
        Ok(draft.finish_as(here, input))
    }
}
