//! Statistics of columns: one row per statistic, from one pass over the input.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::functions_aggregate::approx_percentile_cont::approx_percentile_cont;
use datafusion::functions_aggregate::expr_fn::{avg, count, max, min, stddev};
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, cast, lit};
use datafusion::scalar::ScalarValue;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{Code, Error, Result};

use super::unnest::{explode, list_from};
use super::{Binder, Draft, Here, Rel};
use crate::bind::expr::Typed;
use crate::bind::expr::operator::{Family, family};
use crate::bind::expr::reference::column_of;
use crate::bind::expr::typed::Shape;
use crate::bind::fault::planned;
use crate::bind::place::{Located, Path};
use crate::bind::rows::Rows;
use crate::bind::scope::Visible;

/// The column that names the statistic.
const NAME: &str = "statistic";
const USUAL: [&str; 9] = ["count", "null_count", "mean", "std", "min", "25%", "50%", "75%", "max"];

/// A statistic of one column.
#[derive(Clone, Copy)]
enum Statistic {
    Count,
    NullCount,
    Mean,
    Std,
    Min,
    Max,
    Percentile(f64),
}

impl Binder<'_> {
    pub(super) fn describe(&mut self, here: Here, describe: &pb::Describe, path: &Path) -> Result<Rel> {
        let input = self.input(here, 0)?;
        let columns = self.named_columns(&describe.columns, input, "columns", path)?;
        let usual: Vec<String> = USUAL.iter().map(|name| (*name).to_owned()).collect();
        let names = if describe.statistics.is_empty() { &usual } else { &describe.statistics };
        let statistics = names.iter().enumerate().map(|(number, name)| statistic(name).at(&path.item("statistics", number)));
        let statistics = statistics.collect::<Result<Vec<_>>>()?;
        let mut calls: Vec<Expr> = Vec::new();
        let mut lists =
            vec![list_from("the names", names.iter().map(|name| Typed::literal(ScalarValue::Utf8View(Some(name.clone())))).collect())?];
        for column in &columns {
            let ty = output_type(column);
            let values = statistics.iter().map(|statistic| self.value(*statistic, column, &ty, &mut calls)).collect::<Result<Vec<_>>>()?;
            lists.push(list_from("the statistics", values)?);
        }
        calls.push(count(lit(1i64)).alias(self.core.fresh("rows").name));
        let plan = planned(Aggregate::try_new(input.plan()?, Vec::new(), calls))?;
        let one_row = Draft::over(&[input], Rows::base(LogicalPlan::Aggregate(plan)), Vec::new()).finish(here);
        let mut draft = Draft::rowwise(&one_row);
        let items = explode(self.core, &mut draft, &one_row, lists, false)?;
        let names = std::iter::once(NAME).chain(columns.iter().map(|column| column.name.as_ref()));
        for (name, item) in names.zip(items) {
            draft.add(self.core, here, name, item);
        }
        Ok(draft.finish(here))
    }

    /// One value; null where the column's type does not have the statistic.
    fn value(&self, statistic: Statistic, column: &Arc<Visible>, ty: &DataType, calls: &mut Vec<Expr>) -> Result<Typed> {
        let value = column_of(column).expr;
        let number = family(column.ty()) == Family::Number;
        let ordered = !matches!(family(column.ty()), Family::Nested | Family::Other | Family::Null | Family::Bool);
        let float = || cast(value.clone(), DataType::Float64);
        let call = match statistic {
            Statistic::Count => count(value),
            Statistic::NullCount => {
                count(datafusion::logical_expr::when(value.is_null(), lit(1i64)).end().map_err(crate::error::from_datafusion)?)
            }
            Statistic::Mean if number => avg(float()),
            Statistic::Std if number => stddev(float()),
            Statistic::Percentile(share) if number => approx_percentile_cont(float().sort(true, false), lit(share), None),
            Statistic::Min if ordered => min(value),
            Statistic::Max if ordered => max(value),
            _ => return Ok(Typed::literal(crate::bind::literal::null(ty)?)),
        };
        let column = self.core.fresh("statistic");
        calls.push(call.alias(column.name.clone()));
        Ok(Typed::new(cast(Expr::Column(column), ty.clone()), ty.clone(), true, Shape { depth: 2, size: 2, pinned: false }))
    }
}

fn statistic(name: &str) -> Result<Statistic> {
    let percentile =
        name.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok()).filter(|number| (0.0..=100.0).contains(number));
    Ok(match name {
        "count" => Statistic::Count,
        "null_count" => Statistic::NullCount,
        "mean" => Statistic::Mean,
        "std" => Statistic::Std,
        "min" => Statistic::Min,
        "max" => Statistic::Max,
        _ => match percentile {
            Some(number) => Statistic::Percentile(number / 100.0),
            None => {
                let message =
                    format!("'{name}' is no statistic; there are count, null_count, mean, std, min, max and percentiles such as '25%'");
                return Err(Error::new(Code::PlanInvalidValue, message).with_candidates(USUAL));
            }
        },
    })
}

/// Numbers are described in float64, all else in text.
fn output_type(column: &Visible) -> DataType {
    if family(column.ty()) == Family::Number { DataType::Float64 } else { DataType::Utf8View }
}
