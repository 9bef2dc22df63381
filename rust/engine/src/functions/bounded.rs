//! Functions whose results can be far larger than their arguments. The memory pool sees operators, not functions:
//! `array_repeat(1, 2000000000)` would ask the allocator for sixteen gigabytes, and the process would die of it. Here what a
//! call would make is counted first, and too much is `LIMIT_EXCEEDED`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{concat, kernels::length::length};
use arrow::datatypes::{DataType, FieldRef, Int64Type, TimeUnit};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::execution::{FunctionRegistry, SessionState};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};
use polybolos_protocol::{Code, Error};

use crate::error::into_datafusion;

/// What one call may make of one batch of rows.
const BYTES_MAX: u64 = 256 << 20;
/// What a number, or the place of a text, takes in an array.
const SLOT_BYTES: u64 = 16;
const NANOS_PER_DAY: i64 = 86_400_000_000_000;

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

/// How the size of a result follows from the arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Growth {
    Repeat,
    Pad,
    Copies,
    Resize,
    Series,
    Joined,
    Replace,
    RegexpReplace,
    Sum,
    SeparatedSum,
}

/// A function with a bound; all else is as the function has it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    growth: Growth,
}

impl Bounded {
    /// At most so many bytes for each row.
    fn costs(&self, args: &ScalarFunctionArgs) -> Result<Vec<u64>> {
        let args_of = Arguments { args: &args.args };
        let sizes = self.growth.sizes(&args_of)?;
        Ok((0..args.number_rows).map(|row| self.growth.bytes(&sizes, row)).collect())
    }

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

/// A number for each row, or the same one for all.
enum Each {
    Same(u64),
    Rows(Vec<u64>),
}

impl Each {
    fn at(&self, row: usize) -> u64 {
        match self {
            Each::Same(value) => *value,
            Each::Rows(values) => values.get(row).copied().unwrap_or_default(),
        }
    }
}

impl Growth {
    /// Whether a result is as large as its bound.
    fn exact(self) -> bool {
        !matches!(self, Growth::Replace | Growth::RegexpReplace)
    }

    /// What the bound is computed from.
    fn sizes(self, args: &Arguments) -> Result<Vec<Each>> {
        Ok(match self {
            Growth::Repeat => vec![args.length(0)?, args.count(1)?],
            Growth::Pad => vec![args.count(1)?],
            Growth::Copies => vec![args.length(0)?, args.count(1)?],
            Growth::Resize => vec![args.count(1)?, args.length(2)?],
            Growth::Series => vec![args.steps()?],
            Growth::Joined => vec![args.length(0)?, args.length(1)?, args.length(2)?],
            Growth::Replace | Growth::RegexpReplace => vec![args.length(0)?, args.length(1)?, args.length(2)?],
            Growth::Sum | Growth::SeparatedSum => (0..args.args.len()).map(|arg| args.length(arg)).collect::<Result<_>>()?,
        })
    }

    /// The bound of one row.
    fn bytes(self, sizes: &[Each], row: usize) -> u64 {
        let size = |arg: usize| sizes.get(arg).map_or(0, |each| each.at(row));
        let times = u64::saturating_mul;
        match self {
            Growth::Repeat => times(size(0), size(1)),
            // A character of the filling has at most four bytes.
            Growth::Pad => times(size(0), 4),
            Growth::Copies => times(size(0).saturating_add(SLOT_BYTES), size(1)),
            Growth::Resize => times(size(0), size(1).saturating_add(SLOT_BYTES)),
            Growth::Series => times(size(0), 8),
            Growth::Joined => times(size(0), size(1).saturating_add(size(2)).saturating_add(SLOT_BYTES)),
            Growth::Replace => times((size(0) / size(1).max(1)).saturating_add(1), size(2)).saturating_add(size(0)),
            // Each reference to a group may bring back the whole text.
            Growth::RegexpReplace => times(size(0).saturating_add(1), size(2).saturating_add(1)).saturating_mul(2),
            Growth::Sum => sum(sizes, row),
            Growth::SeparatedSum => times(size(0), sizes.len() as u64).saturating_add(sum(sizes, row)),
        }
    }
}

fn sum(sizes: &[Each], row: usize) -> u64 {
    sizes.iter().fold(0, |sum: u64, each| sum.saturating_add(each.at(row)))
}

/// The arguments of a call, as numbers.
struct Arguments<'a> {
    args: &'a [ColumnarValue],
}

impl Arguments<'_> {
    fn each(&self, arg: usize, measure: impl Fn(&ArrayRef) -> Result<Vec<u64>>) -> Result<Each> {
        Ok(match self.args.get(arg) {
            None => Each::Same(0),
            Some(ColumnarValue::Array(array)) => Each::Rows(measure(array)?),
            Some(ColumnarValue::Scalar(value)) => Each::Same(measure(&value.to_array()?)?.first().copied().unwrap_or_default()),
        })
    }

    /// Bytes of a text, elements of a list times the place of one; 0 for anything else.
    fn length(&self, arg: usize) -> Result<Each> {
        self.each(arg, |array| match array.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
                lengths(array, 1)
            }
            DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => lengths(array, SLOT_BYTES),
            _ => Ok(vec![0; array.len()]),
        })
    }

    /// A number that is not below zero.
    fn count(&self, arg: usize) -> Result<Each> {
        self.each(arg, |array| Ok(integers(array)?.into_iter().map(|value| u64::try_from(value).unwrap_or_default()).collect()))
    }

    /// The elements between the start and the end of a series.
    fn steps(&self) -> Result<Each> {
        let Some(last) = self.args.get(usize::from(self.args.len() > 1)) else { return Ok(Each::Same(0)) };
        let nanos = matches!(last.data_type(), DataType::Timestamp(..) | DataType::Date32);
        let rows = self.args.iter().find_map(|arg| match arg {
            ColumnarValue::Array(array) => Some(array.len()),
            ColumnarValue::Scalar(_) => None,
        });
        let (start, end, step) = match self.args {
            [_] => (None, Some(0), None),
            [_, _] => (Some(0), Some(1), None),
            _ => (Some(0), Some(1), Some(2)),
        };
        let of = |arg: Option<usize>| arg.map(|arg| self.signed(arg)).transpose();
        let (start, end, step) = (of(start)?, of(end)?, of(step)?);
        let at = |values: &Option<Vec<i64>>, row: usize, default: i64| {
            values.as_ref().map_or(default, |values| values.get(row).or(values.first()).copied().unwrap_or(default))
        };
        let steps = |row| {
            let step = at(&step, row, if nanos { NANOS_PER_DAY } else { 1 }).unsigned_abs().max(1);
            at(&end, row, 0).abs_diff(at(&start, row, 0)) / step + 1
        };
        Ok(match rows {
            None => Each::Same(steps(0)),
            Some(rows) => Each::Rows((0..rows).map(steps).collect()),
        })
    }

    fn signed(&self, arg: usize) -> Result<Vec<i64>> {
        match self.args.get(arg) {
            None => Ok(Vec::new()),
            Some(ColumnarValue::Array(array)) => integers(array),
            Some(ColumnarValue::Scalar(value)) => integers(&value.to_array()?),
        }
    }
}

fn lengths(array: &ArrayRef, times: u64) -> Result<Vec<u64>> {
    Ok(integers(&length(array.as_ref())?)?
        .into_iter()
        .map(|value| u64::try_from(value).unwrap_or_default().saturating_mul(times))
        .collect())
}

/// Whole numbers; times as nanoseconds, intervals as theirs, nulls and what is no number as 0.
fn integers(array: &ArrayRef) -> Result<Vec<i64>> {
    let nanos = DataType::Timestamp(TimeUnit::Nanosecond, None);
    let array = match array.data_type() {
        DataType::Interval(_) => return (0..array.len()).map(|row| interval_nanos(array, row)).collect(),
        DataType::Timestamp(..) | DataType::Date32 => {
            ColumnarValue::Array(Arc::clone(array)).cast_to(&nanos, None)?.into_array(array.len())?
        }
        ty if ty.is_integer() => Arc::clone(array),
        _ => return Ok(vec![0; array.len()]),
    };
    let numbers = arrow::compute::cast(&array, &DataType::Int64)?;
    Ok(numbers.as_primitive::<Int64Type>().iter().map(Option::unwrap_or_default).collect())
}

fn interval_nanos(array: &ArrayRef, row: usize) -> Result<i64> {
    let days = |days: i32| i64::from(days).saturating_mul(NANOS_PER_DAY);
    Ok(match ScalarValue::try_from_array(array, row)? {
        ScalarValue::IntervalYearMonth(Some(months)) => days(months).saturating_mul(28),
        ScalarValue::IntervalDayTime(Some(value)) => days(value.days).saturating_add(i64::from(value.milliseconds) * 1_000_000),
        ScalarValue::IntervalMonthDayNano(Some(value)) => {
            days(value.months).saturating_mul(28).saturating_add(days(value.days)).saturating_add(value.nanoseconds)
        }
        _ => 0,
    })
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
        let costs = self.costs(&args)?;
        let bytes = costs.iter().fold(0, |sum: u64, cost| sum.saturating_add(*cost));
        if bytes <= BYTES_MAX {
            return self.inner.invoke_with_args(args);
        }
        if self.growth.exact() { Err(self.refused(bytes)) } else { self.piecewise(&args, &costs) }
    }

    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        self.inner.simplify(args, info)
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(types)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }
}
