//! A long run of integer operations, such as `a + b - c + ...`, as one function.
//!
//! Nested calls are as deep as the run is long, and DataFusion looks at each level of an expression through all the levels below
//! it: a thousand terms took minutes to plan. Here the run is one flat call. Its first argument is a text with the sign of each
//! operation, so that the function has no state of its own.

use std::fmt::Write as _;
use std::sync::LazyLock;

use arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit};
use datafusion::physical_expr_common::datum;
use datafusion::scalar::ScalarValue;

use super::arithmetic::{self, Arithmetic, OnOverflow};

/// Shorter runs are nested calls, which the optimizer understands better.
const OPERATIONS_MIN: usize = 8;
/// A run nests no deeper than this, its terms aside.
pub(crate) const DEPTH_MAX: u32 = 8;

/// The operations one after the other, from the left, over expressions of one integer type.
pub(crate) fn fold(first: Expr, rest: Vec<(Arithmetic, Expr)>, on_overflow: OnOverflow) -> Expr {
    if rest.len() < OPERATIONS_MIN {
        return rest.into_iter().fold(first, |left, (operation, right)| arithmetic::call(operation, on_overflow, left, right));
    }
    let signs: String = rest.iter().map(|(operation, _)| operation.sign()).collect();
    let args = [lit(signs), first].into_iter().chain(rest.into_iter().map(|(_, term)| term)).collect();
    function(on_overflow).call(args)
}

fn function(on_overflow: OnOverflow) -> &'static ScalarUDF {
    static ERROR: LazyLock<ScalarUDF> = LazyLock::new(|| ScalarUDF::new_from_impl(Chain::new(OnOverflow::Error)));
    static NULL: LazyLock<ScalarUDF> = LazyLock::new(|| ScalarUDF::new_from_impl(Chain::new(OnOverflow::Null)));
    static WRAP: LazyLock<ScalarUDF> = LazyLock::new(|| ScalarUDF::new_from_impl(Chain::new(OnOverflow::Wrap)));
    match on_overflow {
        OnOverflow::Error => &ERROR,
        OnOverflow::Null => &NULL,
        OnOverflow::Wrap => &WRAP,
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Chain {
    on_overflow: OnOverflow,
    signature: Signature,
}

impl Chain {
    fn new(on_overflow: OnOverflow) -> Self {
        Self { on_overflow, signature: Signature::variadic_any(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Chain {
    fn name(&self) -> &str {
        match self.on_overflow {
            OnOverflow::Error => "calculate_checked",
            OnOverflow::Null => "calculate_or_null",
            OnOverflow::Wrap => "calculate_wrapping",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// As the operators would be written.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let [Expr::Literal(signs, _), first, rest @ ..] = args else {
            return internal_err!("{} takes signs and terms", self.name());
        };
        let mut name = first.schema_name().to_string();
        for (sign, term) in signs.try_as_str().flatten().unwrap_or_default().chars().zip(rest) {
            write!(name, " {sign} {}", term.schema_name())?;
        }
        Ok(name)
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [DataType::Utf8, first, rest @ ..] if first.is_integer() && rest.iter().all(|ty| ty == first) => Ok(first.clone()),
            _ => internal_err!("{} takes signs and integers of one type", self.name()),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let mut args = args.args.into_iter();
        let (Some(ColumnarValue::Scalar(ScalarValue::Utf8(Some(signs)))), Some(first)) = (args.next(), args.next()) else {
            return internal_err!("{} takes signs and terms", self.name());
        };
        signs.chars().zip(args).try_fold(first, |left, (sign, right)| match Arithmetic::of_sign(sign) {
            Some(operation) => datum::apply(&left, &right, arithmetic::kernel(operation, self.on_overflow)),
            None => internal_err!("{} has no operation '{sign}'", self.name()),
        })
    }
}
