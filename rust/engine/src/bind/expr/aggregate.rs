//! Aggregate calls, alone or over a window.

use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::logical_expr::expr::{self, NullTreatment};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{AggregateUDF, Case, Expr, SortExpr, lit};
use datafusion::scalar::ScalarValue;
use polybolos_protocol::functions::{EngineName, FunctionKind, FunctionSpec};
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::{Code, Error, Result};

use super::call::no_options;
use super::typed::{Shape, Typed};
use super::{Clause, ExprBinder, missing, signature};
use crate::bind::fault::{mistyped, planned};
use crate::bind::place::{Located, Path};
use crate::bind::types::show;
use crate::functions::sum;

const ARGUMENTS: Clause = Clause::rows("an argument of an aggregate");

/// An aggregate call whose parts are bound.
pub(super) struct Aggregate {
    pub(super) function: Arc<AggregateUDF>,
    pub(super) args: Vec<Typed>,
    pub(super) distinct: bool,
    pub(super) filter: Option<Expr>,
    pub(super) order_by: Vec<SortExpr>,
    pub(super) nulls: Option<NullTreatment>,
    pub(super) field: FieldRef,
}

impl ExprBinder<'_> {
    pub(super) fn bind_aggregate(&mut self, call: &pb::AggregateCall, path: &Path) -> Result<Typed> {
        if !self.clause.aggregates {
            let message = format!("an aggregate cannot stand in {}; compute it in an aggregate, or over a window", self.clause.name);
            return Err(Error::new(Code::InvalidExpression, message)).at(path);
        }
        let aggregate = self.aggregate(call, path)?;
        let args = aggregate.args.into_iter().map(|arg| arg.expr).collect();
        let filter = aggregate.filter.map(Box::new);
        let function =
            expr::AggregateFunction::new_udf(aggregate.function, args, aggregate.distinct, filter, aggregate.order_by, aggregate.nulls);
        Ok(self.called(Expr::AggregateFunction(function), aggregate.field))
    }

    pub(super) fn aggregate(&mut self, call: &pb::AggregateCall, path: &Path) -> Result<Aggregate> {
        if call.foreign != 0 {
            return Err(Error::unsupported("this engine does not run foreign functions")).at(&path.field("foreign"));
        }
        let spec = self.spec(call.function.as_ref(), path)?;
        if spec.kind != FunctionKind::Aggregate {
            return Err(Error::new(Code::InvalidExpression, format!("{} is no aggregate", spec.name))).at(path);
        }
        no_options(spec, &call.options).at(&path.field("options"))?;
        signature::check_count(spec, call.args.len()).at(path)?;
        let args = self.with_arguments(ARGUMENTS, |binder| {
            call.args.iter().enumerate().map(|(number, arg)| binder.bind(arg, &path.item("args", number))).collect::<Result<Vec<_>>>()
        })?;
        if let Err((number, error)) = signature::check_types(spec, &args) {
            return Err(error).at(&path.item("args", number));
        }
        let filter = call.filter.as_deref();
        let filter = self.with_arguments(ARGUMENTS, |binder| {
            filter.map(|filter| binder.bind_condition(Some(filter), &path.field("filter"))).transpose()
        })?;
        let order_by = self.with_arguments(ARGUMENTS, |binder| binder.bind_sort_keys(&call.order_by, "order_by", path))?;
        self.typed_aggregate(
            spec,
            Parts { args, filter: filter.map(|filter| filter.expr), order_by, distinct: call.distinct, nulls: nulls(call)? },
        )
        .at(path)
    }

    fn typed_aggregate(&self, spec: &FunctionSpec, mut parts: Parts) -> Result<Aggregate> {
        let name = match spec.engine {
            EngineName::Call(name) => name,
            EngineName::Rewrite(name) => rewritten(name, &mut parts)?,
            EngineName::Operator(_) => return Err(Error::internal(format!("{} is an operator", spec.name))),
        };
        if parts.args.is_empty() {
            if parts.distinct {
                return Err(Error::new(Code::InvalidExpression, format!("distinct {} needs an argument", spec.name)));
            }
            parts.args.push(Typed::literal(ScalarValue::Int64(Some(1))));
        }
        let function = self.core.state().aggregate_functions().get(name).cloned();
        let function = function.ok_or_else(|| Error::unsupported(format!("this session has no aggregate {name}")))?;
        let fields: Vec<FieldRef> = parts.args.iter().map(|arg| Arc::clone(&arg.field)).collect();
        let coerced = mistyped(fields_with_udf(&fields, function.as_ref()), || {
            let types: Vec<String> = parts.args.iter().map(|arg| show(arg.ty())).collect();
            format!("{} does not take ({})", spec.name, types.join(", "))
        })?;
        let function = sum::ruled(function, self.core.semantics.overflow);
        let field = planned(function.return_field(&coerced))?;
        let Parts { args, filter, order_by, distinct, nulls } = parts;
        Ok(Aggregate { function, args, distinct, filter, order_by, nulls, field })
    }

    /// Sort keys, whose direction and null order are always said.
    pub(crate) fn bind_sort_keys(&mut self, keys: &[pb::SortKey], field: &'static str, path: &Path) -> Result<Vec<SortExpr>> {
        keys.iter().enumerate().map(|(number, key)| self.bind_sort_key(key, &path.item(field, number))).collect()
    }

    pub(crate) fn bind_sort_key(&mut self, key: &pb::SortKey, path: &Path) -> Result<SortExpr> {
        let value = self.bind_required(key.expr.as_ref(), &path.field("expr"))?;
        if matches!(value.ty(), DataType::Map(..) | DataType::Union(..)) {
            return Err(Error::new(Code::TypeMismatch, format!("values of type {} have no order", show(value.ty()))))
                .at(&path.field("expr"));
        }
        let ascending = match key.direction() {
            pb::SortDirection::Asc => true,
            pb::SortDirection::Desc => false,
            pb::SortDirection::Unspecified => return Err(missing(&path.field("direction"))),
        };
        let nulls_first = match key.nulls() {
            pb::NullsOrder::First => true,
            pb::NullsOrder::Last => false,
            pb::NullsOrder::Unspecified => return Err(missing(&path.field("nulls"))),
        };
        Ok(value.expr.sort(ascending, nulls_first))
    }
}

struct Parts {
    args: Vec<Typed>,
    filter: Option<Expr>,
    order_by: Vec<SortExpr>,
    distinct: bool,
    nulls: Option<NullTreatment>,
}

fn nulls(call: &pb::AggregateCall) -> Result<Option<NullTreatment>> {
    Ok(match call.nulls() {
        pb::NullTreatment::Unspecified => None,
        pb::NullTreatment::Respect => Some(NullTreatment::RespectNulls),
        pb::NullTreatment::Ignore => Some(NullTreatment::IgnoreNulls),
    })
}

/// Changes the parts of a call to those of another aggregate that gives the same; answers its name.
fn rewritten(name: &str, parts: &mut Parts) -> Result<&'static str> {
    match name {
        "count_distinct" => {
            parts.distinct = true;
            Ok("count")
        }
        "sum_distinct" => {
            parts.distinct = true;
            Ok("sum")
        }
        "count_if" => {
            if let Some(condition) = parts.args.pop() {
                let condition = condition.cast(&DataType::Boolean)?;
                let shape = Shape::over([&condition]);
                let case = Case::new(None, vec![(Box::new(condition.expr), Box::new(lit(1i64)))], None);
                parts.args.push(Typed::new(Expr::Case(case), DataType::Int64, true, shape));
            }
            Ok("count")
        }
        "max_by" | "min_by" => {
            if let Some(ordering) = parts.args.pop() {
                parts.also(ordering.expr.clone().is_not_null());
                parts.order_by = vec![ordering.expr.sort(name == "min_by", false)];
            }
            Ok("first_value")
        }
        "collect_set" => {
            if let Some(value) = parts.args.first() {
                let present = value.expr.clone().is_not_null();
                parts.also(present);
            }
            parts.distinct = true;
            Ok("array_agg")
        }
        other => Err(Error::unsupported(format!("this engine has no aggregate {other}"))),
    }
}

impl Parts {
    /// Adds a condition to the filter.
    fn also(&mut self, condition: Expr) {
        self.filter = Some(match self.filter.take() {
            Some(filter) => filter.and(condition),
            None => condition,
        });
    }
}
