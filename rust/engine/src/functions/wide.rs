//! Large constants that are copied into each row of a batch. `select repeat('x', 100000000) from trips` is one constant for the
//! optimizer, and sixteen thousand copies of it when it becomes a column, which no memory pool sees. What a constant would take in
//! a batch is counted first, and too much is `LIMIT_EXCEEDED`.

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlan, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use polybolos_protocol::{Code, Error};

use super::bounded::{BYTES_MAX, is_unbounded, with_bound};
use crate::error::into_datafusion;
use crate::state::BATCH_SIZE;

/// Smaller constants stay within the bound in any batch.
const WIDE_BYTES: usize = BYTES_MAX as usize / BATCH_SIZE;

/// Functions that copy a constant argument into each row.
const COPYING: [&str; 14] = [
    "make_array",
    "struct",
    "named_struct",
    "map",
    "coalesce",
    "nvl2",
    "nullif",
    "greatest",
    "least",
    "array_append",
    "array_prepend",
    "array_union",
    "array_replace",
    "array_replace_all",
];

/// The optimised plan, with a bound around each large constant that is copied into rows, and around each function that lacks its own.
pub(crate) fn bounded(plan: LogicalPlan) -> Result<LogicalPlan> {
    let bounded = plan.transform_up_with_subqueries(|node| {
        let mut lacking = false;
        node.apply_expressions(|expr| {
            lacking |= expr.exists(|expr| Ok(is_wide(expr) || is_unbounded(expr)))?;
            Ok(if lacking { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })?;
        if !lacking {
            return Ok(Transformed::no(node));
        }
        let names = NamePreserver::new(&node);
        node.map_expressions(|expr| {
            let name = names.save(&expr);
            Ok(Transformed::yes(name.restore(in_column(expr)?)))
        })
    });
    bounded.map(|bounded| bounded.data)
}

fn is_wide(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(value, _) if value.size() > WIDE_BYTES)
}

/// An expression that becomes a column.
fn in_column(expr: Expr) -> Result<Expr> {
    let inner = expr.transform_up(with_bound)?.data.transform_down(|expr| {
        if !copies(&expr) {
            return Ok(Transformed::no(expr));
        }
        expr.map_children(|child| Ok(if is_wide(&child) { Transformed::yes(each_row(child)) } else { Transformed::no(child) }))
    })?;
    Ok(if is_wide(&inner.data) { each_row(inner.data) } else { inner.data })
}

fn copies(expr: &Expr) -> bool {
    match expr {
        Expr::Alias(_) | Expr::Case(_) | Expr::AggregateFunction(_) | Expr::WindowFunction(_) => true,
        Expr::BinaryExpr(binary) => binary.op == Operator::StringConcat,
        Expr::ScalarFunction(call) => COPYING.contains(&call.func.name()),
        _ => false,
    }
}

fn each_row(constant: Expr) -> Expr {
    ScalarUDF::new_from_impl(EachRow { signature: Signature::any(1, Volatility::Volatile) }).call(vec![constant])
}

/// A constant that is counted; volatile, so that nobody makes it a constant again.
#[derive(Debug, PartialEq, Eq, Hash)]
struct EachRow {
    signature: Signature,
}

impl ScalarUDFImpl for EachRow {
    fn name(&self) -> &str {
        "each_row"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        types.first().map_or_else(|| internal_err!("each_row takes one argument"), |ty| Ok(ty.clone()))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        args.arg_fields.first().map_or_else(|| internal_err!("each_row takes one argument"), |field| Ok(field.clone()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let Some(value) = args.args.into_iter().next() else { return internal_err!("each_row takes one argument") };
        let ColumnarValue::Scalar(constant) = &value else { return Ok(value) };
        let bytes = (constant.size() as u64).saturating_mul(rows as u64);
        if bytes > BYTES_MAX {
            let message = format!(
                "a constant of {} bytes would be copied into {rows} rows of one batch, more than the limit of {BYTES_MAX} bytes; \
                 join it later, or make it smaller",
                constant.size()
            );
            return Err(into_datafusion(Error::new(Code::LimitExceeded, message)));
        }
        Ok(value)
    }
}
