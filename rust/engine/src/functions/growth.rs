//! How large the result of a function can be, from its arguments alone.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, OffsetSizeTrait};
use arrow::compute::kernels::length::length;
use arrow::datatypes::{DataType, Int64Type, TimeUnit};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};

/// What a number, or the place of a text, takes in an array.
const SLOT_BYTES: u64 = 16;
const NANOS_PER_DAY: i64 = 86_400_000_000_000;

/// How the size of a result follows from the arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Growth {
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
    /// At most so many bytes for each row.
    pub(super) fn costs(self, args: &ScalarFunctionArgs) -> Result<Vec<u64>> {
        let sizes = self.sizes(&Arguments { args: &args.args })?;
        Ok((0..args.number_rows).map(|row| self.bytes(&sizes, row)).collect())
    }

    /// Whether a result is as large as its bound.
    pub(super) fn exact(self) -> bool {
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
            // At least a place for each element, so that each brings no more than this.
            Growth::Joined => times(size(0), size(1).saturating_add(size(2)).saturating_add(SLOT_BYTES)) / SLOT_BYTES + size(0),
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

    /// The bytes of a value, with those within lists and structs; 0 for a number and the like.
    fn length(&self, arg: usize) -> Result<Each> {
        self.each(arg, |array| match array.data_type() {
            ty if ty.is_primitive() || *ty == DataType::Null || *ty == DataType::Boolean => Ok(vec![0; array.len()]),
            _ => sizes(array),
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

/// The bytes of each value; each element of a list takes its place as well.
fn sizes(array: &ArrayRef) -> Result<Vec<u64>> {
    Ok(match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            let lengths = integers(&length(array.as_ref())?)?;
            lengths.into_iter().map(|length| u64::try_from(length).unwrap_or_default()).collect()
        }
        DataType::List(_) => in_lists(array.as_list::<i32>().values(), array.as_list::<i32>().value_offsets())?,
        DataType::LargeList(_) => in_lists(array.as_list::<i64>().values(), array.as_list::<i64>().value_offsets())?,
        DataType::FixedSizeList(..) => {
            let lists = array.as_fixed_size_list();
            let offsets: Vec<i32> = (0..=lists.len()).map(|row| lists.value_offset(row)).collect();
            in_lists(lists.values(), &offsets)?
        }
        DataType::Struct(_) => {
            let mut all = vec![0_u64; array.len()];
            for column in array.as_struct().columns() {
                all.iter_mut().zip(sizes(column)?).for_each(|(all, size)| *all = all.saturating_add(size));
            }
            all
        }
        _ => vec![SLOT_BYTES; array.len()],
    })
}

/// The sums between the offsets.
fn in_lists<O: OffsetSizeTrait>(values: &ArrayRef, offsets: &[O]) -> Result<Vec<u64>> {
    let running: Vec<u64> = std::iter::once(0)
        .chain(sizes(values)?.into_iter().scan(0_u64, |sum, size| {
            *sum = sum.saturating_add(size).saturating_add(SLOT_BYTES);
            Some(*sum)
        }))
        .collect();
    let until = |offset: &O| running.get(offset.as_usize()).copied().unwrap_or_default();
    Ok(offsets.iter().zip(offsets.iter().skip(1)).map(|(start, end)| until(end).saturating_sub(until(start))).collect())
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
