//! Decimal operations whose result is null where it does not fit, for sessions and plans that ask for that. Arrow's kernels fail as
//! a whole instead: then each row is computed by itself.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, Datum, PrimitiveArray, Scalar, new_null_array};
use arrow::compute::{concat, kernels::numeric};
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, DecimalType};
use arrow::error::ArrowError;
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::type_coercion::binary::BinaryTypeCoercer;
use datafusion::logical_expr::{ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit};
use datafusion::physical_expr_common::datum;
use datafusion::scalar::ScalarValue;

type Kernel = fn(&dyn Datum, &dyn Datum) -> Result<ArrayRef, ArrowError>;

/// Whether results of this operation on decimals may not fit.
pub(crate) fn calculates(op: Operator) -> bool {
    kernel(op).is_some()
}

/// The operation over two decimals, whose types are those that the operator takes.
pub(crate) fn or_null(op: Operator, left: Expr, right: Expr) -> Expr {
    static FUNCTION: LazyLock<ScalarUDF> =
        LazyLock::new(|| ScalarUDF::new_from_impl(DecimalOrNull { signature: Signature::any(3, Volatility::Immutable) }));
    FUNCTION.call(vec![lit(op.to_string()), left, right])
}

const OPERATORS: [Operator; 5] = [Operator::Plus, Operator::Minus, Operator::Multiply, Operator::Divide, Operator::Modulo];

fn of_sign(sign: &str) -> Option<Operator> {
    OPERATORS.into_iter().find(|op| op.to_string() == sign)
}

fn kernel(op: Operator) -> Option<Kernel> {
    Some(match op {
        Operator::Plus => numeric::add,
        Operator::Minus => numeric::sub,
        Operator::Multiply => numeric::mul,
        Operator::Divide => numeric::div,
        Operator::Modulo => numeric::rem,
        _ => return None,
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DecimalOrNull {
    signature: Signature,
}

impl ScalarUDFImpl for DecimalOrNull {
    fn name(&self) -> &str {
        "decimal_or_null"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        internal_err!("the type of {} follows from its operator", self.name())
    }

    fn return_field_from_args(&self, args: datafusion::logical_expr::ReturnFieldArgs) -> Result<arrow::datatypes::FieldRef> {
        let sign = args.scalar_arguments.first().copied().flatten().and_then(|sign| sign.try_as_str().flatten());
        let ([_, left, right], Some(op)) = (args.arg_fields, sign.and_then(of_sign)) else {
            return internal_err!("{} takes an operator and two decimals", self.name());
        };
        let ty = BinaryTypeCoercer::new(left.data_type(), &op, right.data_type()).get_result_type()?;
        Ok(Arc::new(arrow::datatypes::Field::new(self.name(), ty, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [ColumnarValue::Scalar(ScalarValue::Utf8(Some(sign))), left, right] = args.args.as_slice() else {
            return internal_err!("{} takes an operator and two decimals", self.name());
        };
        let Some(kernel) = of_sign(sign).and_then(kernel) else {
            return internal_err!("{} has no operator {sign}", self.name());
        };
        let ty = args.return_field.data_type();
        datum::apply(left, right, |left, right| computed(kernel, left, right, ty))
    }
}

fn computed(kernel: Kernel, left: &dyn Datum, right: &dyn Datum, ty: &DataType) -> Result<ArrayRef, ArrowError> {
    match kernel(left, right) {
        Err(ArrowError::ArithmeticOverflow(_)) => row_by_row(kernel, left, right, ty),
        other => other.map(fitting),
    }
}

fn row_by_row(kernel: Kernel, left: &dyn Datum, right: &dyn Datum, ty: &DataType) -> Result<ArrayRef, ArrowError> {
    let ((left, left_is_scalar), (right, right_is_scalar)) = (left.get(), right.get());
    let rows = if left_is_scalar { right.len() } else { left.len() };
    let at = |array: &dyn Array, is_scalar: bool, row: usize| Scalar::new(array.slice(if is_scalar { 0 } else { row }, 1));
    let row = |row| match kernel(&at(left, left_is_scalar, row), &at(right, right_is_scalar, row)) {
        Err(ArrowError::ArithmeticOverflow(_)) => Ok(new_null_array(ty, 1)),
        other => other.map(fitting),
    };
    let values = (0..rows).map(row).collect::<Result<Vec<_>, _>>()?;
    concat(&values.iter().map(AsRef::as_ref).collect::<Vec<_>>())
}

/// The values without those that have more digits than their type.
fn fitting(values: ArrayRef) -> ArrayRef {
    match values.data_type() {
        DataType::Decimal128(precision, _) => within::<Decimal128Type>(&values, *precision),
        DataType::Decimal256(precision, _) => within::<Decimal256Type>(&values, *precision),
        _ => values,
    }
}

fn within<T: DecimalType + ArrowPrimitiveType>(values: &ArrayRef, precision: u8) -> ArrayRef {
    let values: &PrimitiveArray<T> = values.as_primitive();
    Arc::new(values.null_if_overflow_precision(precision).with_data_type(values.data_type().clone()))
}
