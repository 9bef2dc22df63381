//! Functions that give rows: series of numbers and times, and unnest; lateral when they have an input.

use arrow::datatypes::DataType;
use datafusion::logical_expr::{EmptyRelation, Expr, LogicalPlan, lit};
use datafusion::scalar::ScalarValue;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{Code, Error, Result};

use super::unnest::{explode, list_of};
use super::{Binder, Draft, Here, Rel, missing};
use crate::bind::expr::call::function;
use crate::bind::expr::typed::Shape;
use crate::bind::expr::{Clause, Typed};
use crate::bind::place::{Located, Path};
use crate::bind::rows::Rows;
use crate::bind::scope::Scope;
use crate::bind::types::show;

/// What the only column of a table function is called.
const COLUMN: &str = "value";

impl Binder<'_> {
    pub(super) fn table_function(&mut self, here: Here, call: &pb::TableFunction, path: &Path) -> Result<Rel> {
        if call.foreign != 0 {
            return Err(Error::unsupported("this engine does not run foreign functions")).at(&path.field("foreign"));
        }
        let function = call.function.as_ref().ok_or_else(|| missing(&path.field("function")))?;
        if !call.named_args.is_empty() {
            return Err(Error::unsupported("named arguments of table functions")).at(&path.field("named_args"));
        }
        let lateral = if here.relation.inputs.is_empty() { None } else { Some(self.input(here, 0)?) };
        let nothing = Scope::default();
        let scopes = [lateral.map_or((here.at, &nothing), |input| (input.at, input.scope.as_ref()))];
        let mut binder = self.over(&scopes, Clause::rows("a table function"));
        let args =
            call.args.iter().enumerate().map(|(number, arg)| binder.bind(arg, &path.item("args", number))).collect::<Result<Vec<_>>>()?;
        let series = matches!(function.name.as_str(), "range" | "generate_series");
        if !series && function.name != "unnest" {
            let error = Error::new(
                Code::UnresolvedFunction,
                format!("there is no table function '{}'; there are generate_series, range and unnest", function.name),
            );
            return Err(error.param("name", &function.name).with_candidates(["generate_series", "range", "unnest"]))
                .at(&path.field("function"));
        }
        if series && lateral.is_none() && args.iter().all(|arg| arg.value().is_some()) {
            let exprs = args.into_iter().map(series_arg).collect::<Result<Vec<_>>>().at(&path.field("args"))?;
            let provider = self.series(&function.name, &exprs).at(&path.field("args"))?;
            return self.named(here, provider, COLUMN);
        }
        let list = if series { self.series_list(&function.name, args) } else { only(args) }.and_then(list_of).at(&path.field("args"))?;
        let one_row;
        let input = match lateral {
            Some(input) => input,
            None => {
                let plan = LogicalPlan::EmptyRelation(EmptyRelation {
                    produce_one_row: true,
                    schema: std::sync::Arc::new(datafusion::common::DFSchema::empty()),
                });
                one_row = Draft::leaf(Rows::base(plan), Vec::new()).finish(here);
                &one_row
            }
        };
        let mut draft = Draft::rowwise(input);
        draft.absorb(binder, input, &[])?;
        let items = explode(self.core, &mut draft, input, vec![list], call.outer)?;
        draft.columns = input.scope.columns().to_vec();
        for item in items {
            draft.add(self.core, here, COLUMN, item);
        }
        Ok(draft.finish(here))
    }

    /// The list of the numbers of a series.
    fn series_list(&self, name: &str, args: Vec<Typed>) -> Result<Typed> {
        if let Some(wrong) = args.iter().find(|arg| !arg.ty().is_integer()) {
            let message = format!("{name} over the columns of a relation takes integers, not {}", show(wrong.ty()));
            return Err(Error::new(Code::TypeMismatch, message));
        }
        let shape = Shape::over(&args);
        let mut args = args.into_iter().map(|arg| arg.cast(&DataType::Int64).map(|arg| arg.expr)).collect::<Result<Vec<_>>>()?.into_iter();
        let (start, end, step) = match (args.next(), args.next(), args.next(), args.next()) {
            (Some(end), None, None, None) => (lit(0i64), end, lit(1i64)),
            (Some(start), Some(end), None, None) => (start, end, lit(1i64)),
            (Some(start), Some(end), Some(step), None) => (start, end, step),
            _ => return Err(Error::new(Code::WrongArgumentCount, format!("{name} takes one to three arguments"))),
        };
        if matches!(&step, Expr::Literal(ScalarValue::Int64(Some(0)), _)) {
            return Err(Error::new(Code::PlanInvalidValue, format!("the step of {name} is not 0")));
        }
        let list = function(self.core.state(), name)?.call(vec![start, end, step]);
        Ok(Typed::new(list, DataType::new_list(DataType::Int64, true), true, shape))
    }
}

fn only(args: Vec<Typed>) -> Result<Typed> {
    let mut args = args.into_iter();
    match (args.next(), args.next()) {
        (Some(list), None) => Ok(list),
        _ => Err(Error::new(Code::WrongArgumentCount, "unnest takes one argument")),
    }
}

/// A constant argument, as DataFusion's series take it: int64, nanoseconds, dates and intervals.
fn series_arg(arg: Typed) -> Result<Expr> {
    let ty = match arg.ty() {
        integer if integer.is_integer() => DataType::Int64,
        DataType::Timestamp(_, zone) => DataType::Timestamp(arrow::datatypes::TimeUnit::Nanosecond, zone.clone()),
        other => other.clone(),
    };
    Ok(arg.cast(&ty)?.expr)
}
