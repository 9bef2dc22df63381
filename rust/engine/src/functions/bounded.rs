//! Functions whose results can be far larger than their arguments. The memory pool sees operators, not functions:
//! `array_repeat(1, 2000000000)` would ask the allocator for sixteen gigabytes, and the process would die of it. Here what a
//! call would make is counted first, and too much is `LIMIT_EXCEEDED`.

use std::sync::Arc;

use arrow::array::Array;
use arrow::compute::concat;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{FunctionRegistry, SessionState};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};
use polybolos_protocol::{Code, Error};

use super::growth::Growth;
use crate::error::into_datafusion;

/// What one call may make of one batch of rows.
pub(super) const BYTES_MAX: u64 = 256 << 20;
const BOUNDED: [(&str, Growth); 14] = [
    ("repeat", Growth::Repeat),
    ("lpad", Growth::Pad),
    ("rpad", Growth::Pad),
    ("array_repeat", Growth::Copies),
    ("array_resize", Growth::Resize),
    ("range", Growth::Series),
    ("generate_series", Growth::Series),
    ("array_to_string", Growth::Joined),
    ("replace", Growth::Replace),
    ("regexp_replace", Growth::RegexpReplace),
    ("concat", Growth::Sum),
    ("concat_ws", Growth::SeparatedSum),
    ("array_concat", Growth::Sum),
    ("overlay", Growth::Sum),
];

/// Puts the bounds around the functions that a session has.
pub(crate) fn register(state: &mut SessionState) -> Result<()> {
    for (name, growth) in BOUNDED {
        let inner = state.udf(name)?;
        state.register_udf(Arc::new(ScalarUDF::new_from_impl(Bounded { inner, growth })))?;
    }
    Ok(())
}

/// Whether the expression is a call that lacks its bound: some syntax of SQL (`OVERLAY ... PLACING`, `||` of lists) and some rules of
/// the optimizer call functions as DataFusion has them.
pub(super) fn is_unbounded(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(call) if growth_of(&call.func).is_some())
}

/// The expression, with a bound around the call.
pub(super) fn with_bound(expr: Expr) -> Result<Transformed<Expr>> {
    let Expr::ScalarFunction(ScalarFunction { func, args }) = expr else { return Ok(Transformed::no(expr)) };
    Ok(match growth_of(&func) {
        Some(growth) => Transformed::yes(ScalarUDF::new_from_impl(Bounded { inner: func, growth }).call(args)),
        None => Transformed::no(Expr::ScalarFunction(ScalarFunction { func, args })),
    })
}

/// How a function grows that has no bound yet.
fn growth_of(function: &ScalarUDF) -> Option<Growth> {
    let (_, growth) = BOUNDED.iter().find(|(name, _)| *name == function.name())?;
    function.inner().downcast_ref::<Bounded>().is_none().then_some(*growth)
}

/// A function with a bound; all else is as the function has it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    growth: Growth,
}

impl Bounded {
    fn refused(&self, bytes: u64) -> DataFusionError {
        let name = self.inner.name();
        let message = format!(
            "{name} would make {bytes} bytes of one batch of rows, more than the limit of {BYTES_MAX}; make fewer or shorter values"
        );
        into_datafusion(Error::new(Code::LimitExceeded, message).param("function", name))
    }

    /// A few rows at a time, for functions whose results are mostly far smaller than they might be.
    fn piecewise(&self, args: &ScalarFunctionArgs, costs: &[u64]) -> Result<ColumnarValue> {
        let (mut pieces, mut start, mut made) = (Vec::new(), 0, 0_u64);
        while start < costs.len() {
            let end = self.piece(costs, start)?;
            let piece = self.inner.invoke_with_args(rows_of(args, start, end))?.into_array(end - start)?;
            made = made.saturating_add(piece.get_array_memory_size() as u64);
            if made > BYTES_MAX {
                return Err(self.refused(made));
            }
            pieces.push(piece);
            start = end;
        }
        let pieces: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
        Ok(ColumnarValue::Array(concat(&pieces)?))
    }

    /// The end of a piece that begins here and stays within the bound.
    fn piece(&self, costs: &[u64], start: usize) -> Result<usize> {
        let mut bytes = 0_u64;
        let fitting = costs.iter().skip(start).take_while(|cost| {
            bytes = bytes.saturating_add(**cost);
            bytes <= BYTES_MAX
        });
        match fitting.count() {
            0 => Err(self.refused(costs.get(start).copied().unwrap_or_default())),
            rows => Ok(start + rows),
        }
    }
}

fn rows_of(args: &ScalarFunctionArgs, start: usize, end: usize) -> ScalarFunctionArgs {
    let slice = |arg: &ColumnarValue| match arg {
        ColumnarValue::Array(array) => ColumnarValue::Array(array.slice(start, end - start)),
        ColumnarValue::Scalar(value) => ColumnarValue::Scalar(value.clone()),
    };
    ScalarFunctionArgs { args: args.args.iter().map(slice).collect(), number_rows: end - start, ..args.clone() }
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        self.inner.schema_name(args)
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.inner().return_type(types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn is_strict(&self) -> bool {
        self.inner.inner().is_strict()
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let costs = self.growth.costs(&args)?;
        let bytes = costs.iter().fold(0, |sum: u64, cost| sum.saturating_add(*cost));
        if bytes <= BYTES_MAX {
            return self.inner.invoke_with_args(args);
        }
        if self.growth.exact() { Err(self.refused(bytes)) } else { self.piecewise(&args, &costs) }
    }

    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        // Some functions simplify to a call of themselves or of a sibling, without a bound.
        match self.inner.simplify(args, info)? {
            ExprSimplifyResult::Simplified(expr) => expr.transform_up(with_bound).map(|expr| ExprSimplifyResult::Simplified(expr.data)),
            same => Ok(same),
        }
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(types)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }
}
