//! Integer addition, subtraction and multiplication that say what happens when a result does not fit.
//!
//! DataFusion's own operators wrap silently. These are functions over two integers of one type, as fast as the operators (the
//! same Arrow kernels); floats, decimals and times keep the operators.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, Datum, PrimitiveArray, downcast_integer};
use arrow::compute::kernels::numeric;
use arrow::datatypes::{ArrowNativeTypeOp, DataType};
use arrow::error::ArrowError;
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use datafusion::physical_expr_common::datum;

/// What happens when a result does not fit its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum OnOverflow {
    Error,
    Null,
    Wrap,
}

/// What an integer or decimal division by zero does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnZero {
    Error,
    Null,
}

/// The operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
}

impl Arithmetic {
    pub(crate) fn of(op: Operator) -> Option<Self> {
        match op {
            Operator::Plus => Some(Self::Add),
            Operator::Minus => Some(Self::Subtract),
            Operator::Multiply => Some(Self::Multiply),
            _ => None,
        }
    }

    /// The operation of this sign.
    pub(crate) fn of_sign(sign: char) -> Option<Self> {
        [Self::Add, Self::Subtract, Self::Multiply].into_iter().find(|operation| operation.sign() == sign)
    }

    pub(crate) fn sign(self) -> char {
        match self {
            Self::Add => '+',
            Self::Subtract => '-',
            Self::Multiply => '*',
        }
    }

    pub(crate) fn operator(self) -> Operator {
        match self {
            Self::Add => Operator::Plus,
            Self::Subtract => Operator::Minus,
            Self::Multiply => Operator::Multiply,
        }
    }
}

/// The call of an operation over two expressions of one integer type.
pub(crate) fn call(operation: Arithmetic, on_overflow: OnOverflow, left: Expr, right: Expr) -> Expr {
    function(operation, on_overflow).call(vec![left, right])
}

fn function(operation: Arithmetic, on_overflow: OnOverflow) -> &'static ScalarUDF {
    static ALL: LazyLock<Vec<ScalarUDF>> = LazyLock::new(|| IntegerArithmetic::all().map(ScalarUDF::new_from_impl).collect());
    static NONE: LazyLock<ScalarUDF> =
        LazyLock::new(|| ScalarUDF::new_from_impl(IntegerArithmetic::new(Arithmetic::Add, OnOverflow::Error)));
    let wanted = IntegerArithmetic::name_of(operation, on_overflow);
    ALL.iter().find(|function| function.name() == wanted).unwrap_or(&NONE)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct IntegerArithmetic {
    operation: Arithmetic,
    on_overflow: OnOverflow,
    signature: Signature,
}

impl IntegerArithmetic {
    fn new(operation: Arithmetic, on_overflow: OnOverflow) -> Self {
        Self { operation, on_overflow, signature: Signature::any(2, Volatility::Immutable) }
    }

    fn all() -> impl Iterator<Item = Self> {
        let operations = [Arithmetic::Add, Arithmetic::Subtract, Arithmetic::Multiply];
        let modes = [OnOverflow::Error, OnOverflow::Null, OnOverflow::Wrap];
        operations.into_iter().flat_map(move |operation| modes.into_iter().map(move |mode| Self::new(operation, mode)))
    }

    fn name_of(operation: Arithmetic, on_overflow: OnOverflow) -> &'static str {
        match (operation, on_overflow) {
            (Arithmetic::Add, OnOverflow::Error) => "add_checked",
            (Arithmetic::Add, OnOverflow::Null) => "add_or_null",
            (Arithmetic::Add, OnOverflow::Wrap) => "add_wrapping",
            (Arithmetic::Subtract, OnOverflow::Error) => "subtract_checked",
            (Arithmetic::Subtract, OnOverflow::Null) => "subtract_or_null",
            (Arithmetic::Subtract, OnOverflow::Wrap) => "subtract_wrapping",
            (Arithmetic::Multiply, OnOverflow::Error) => "multiply_checked",
            (Arithmetic::Multiply, OnOverflow::Null) => "multiply_or_null",
            (Arithmetic::Multiply, OnOverflow::Wrap) => "multiply_wrapping",
        }
    }
}

impl ScalarUDFImpl for IntegerArithmetic {
    fn name(&self) -> &str {
        Self::name_of(self.operation, self.on_overflow)
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [left, right] if left == right && left.is_integer() => Ok(left.clone()),
            _ => internal_err!("{} takes two integers of one type, not {types:?}", self.name()),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [left, right] = args.args.as_slice() else {
            return internal_err!("{} takes two arguments", self.name());
        };
        datum::apply(left, right, kernel(self.operation, self.on_overflow))
    }
}

type Kernel = fn(&dyn Datum, &dyn Datum) -> Result<ArrayRef, ArrowError>;

/// What computes an operation over arrays.
pub(crate) fn kernel(operation: Arithmetic, on_overflow: OnOverflow) -> Kernel {
    match (operation, on_overflow) {
        (Arithmetic::Add, OnOverflow::Error) => numeric::add,
        (Arithmetic::Add, OnOverflow::Null) => add_or_null,
        (Arithmetic::Add, OnOverflow::Wrap) => numeric::add_wrapping,
        (Arithmetic::Subtract, OnOverflow::Error) => numeric::sub,
        (Arithmetic::Subtract, OnOverflow::Null) => subtract_or_null,
        (Arithmetic::Subtract, OnOverflow::Wrap) => numeric::sub_wrapping,
        (Arithmetic::Multiply, OnOverflow::Error) => numeric::mul,
        (Arithmetic::Multiply, OnOverflow::Null) => multiply_or_null,
        (Arithmetic::Multiply, OnOverflow::Wrap) => numeric::mul_wrapping,
    }
}

fn add_or_null(left: &dyn Datum, right: &dyn Datum) -> Result<ArrayRef, ArrowError> {
    or_null(left, right, Arithmetic::Add)
}

fn subtract_or_null(left: &dyn Datum, right: &dyn Datum) -> Result<ArrayRef, ArrowError> {
    or_null(left, right, Arithmetic::Subtract)
}

fn multiply_or_null(left: &dyn Datum, right: &dyn Datum) -> Result<ArrayRef, ArrowError> {
    or_null(left, right, Arithmetic::Multiply)
}

fn or_null(left: &dyn Datum, right: &dyn Datum, operation: Arithmetic) -> Result<ArrayRef, ArrowError> {
    macro_rules! typed {
        ($t:ty) => {
            return Ok(Arc::new(or_null_typed::<$t>(left, right, operation)))
        };
    }
    let ty = left.get().0.data_type().clone();
    downcast_integer! {
        ty => (typed),
        _ => Err(ArrowError::InvalidArgumentError(format!("{ty} is no integer type")))
    }
}

fn or_null_typed<T: ArrowPrimitiveType>(left: &dyn Datum, right: &dyn Datum, operation: Arithmetic) -> PrimitiveArray<T> {
    let ((left, left_scalar), (right, right_scalar)) = (left.get(), right.get());
    let rows = if left_scalar { right.len() } else { left.len() };
    let (left, right) = (left.as_primitive::<T>(), right.as_primitive::<T>());
    let value = |array: &PrimitiveArray<T>, scalar: bool, row: usize| {
        let row = if scalar { 0 } else { row };
        array.is_valid(row).then(|| array.value(row))
    };
    let compute = |row| {
        let (a, b) = (value(left, left_scalar, row)?, value(right, right_scalar, row)?);
        match operation {
            Arithmetic::Add => a.add_checked(b),
            Arithmetic::Subtract => a.sub_checked(b),
            Arithmetic::Multiply => a.mul_checked(b),
        }
        .ok()
    };
    (0..rows).map(compute).collect()
}
