//! The sum of integers that notices when it does not fit, where DataFusion's wraps silently.
//!
//! Sums are kept in 128 bits, so that only a total that does not fit is an error, whatever the order of the rows. Floats in
//! frames that move are those of `floats.rs`; all other types are DataFusion's own `sum`.

use std::marker::PhantomData;
use std::mem;
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, Decimal128Array, PrimitiveArray};
use arrow::compute;
use arrow::datatypes::{ArrowNativeTypeOp, DataType, Decimal128Type, Field, FieldRef, Int64Type, UInt64Type};
use arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue, arrow_datafusion_err, internal_err};
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, SetMonotonicity, Signature, StatisticsArgs,
};

use super::arithmetic::OnOverflow;
use super::floats::frame;

const STATE: DataType = DataType::Decimal128(38, 0);

/// The `sum` that a session registers in the place of DataFusion's.
pub(crate) fn checked_sum() -> Arc<AggregateUDF> {
    static CHECKED: LazyLock<Arc<AggregateUDF>> = LazyLock::new(|| CheckedSum::function(false));
    Arc::clone(&CHECKED)
}

/// The `sum` that is null where it does not fit.
fn sum_or_null() -> Arc<AggregateUDF> {
    static OR_NULL: LazyLock<Arc<AggregateUDF>> = LazyLock::new(|| CheckedSum::function(true));
    Arc::clone(&OR_NULL)
}

/// The aggregate to use in the place of `function` under this rule for overflow.
pub(crate) fn ruled(function: Arc<AggregateUDF>, on_overflow: OnOverflow) -> Arc<AggregateUDF> {
    match on_overflow {
        _ if function.name() != "sum" => function,
        OnOverflow::Wrap => sum_udaf(),
        OnOverflow::Error => checked_sum(),
        OnOverflow::Null => sum_or_null(),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CheckedSum {
    plain: Arc<AggregateUDF>,
    /// Whether a sum that does not fit is null rather than an error.
    or_null: bool,
}

impl CheckedSum {
    fn function(or_null: bool) -> Arc<AggregateUDF> {
        Arc::new(AggregateUDF::new_from_impl(Self { plain: sum_udaf(), or_null }))
    }
}

impl AggregateUDFImpl for CheckedSum {
    fn name(&self) -> &str {
        "sum"
    }

    fn signature(&self) -> &Signature {
        self.plain.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.plain.return_type(types)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match args.return_type() {
            DataType::Int64 if !args.is_distinct => Ok(Box::new(Total::<Int64Type>::new(self.or_null))),
            DataType::UInt64 if !args.is_distinct => Ok(Box::new(Total::<UInt64Type>::new(self.or_null))),
            DataType::Int64 => Ok(Box::new(DistinctTotal::<Int64Type>::over(self.plain.accumulator(args)?, self.or_null))),
            DataType::UInt64 => Ok(Box::new(DistinctTotal::<UInt64Type>::over(self.plain.accumulator(args)?, self.or_null))),
            _ => self.plain.accumulator(args),
        }
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match args.return_type() {
            DataType::Int64 | DataType::UInt64 if !args.is_distinct => self.accumulator(args),
            DataType::Float64 if !args.is_distinct => Ok(frame::sum()),
            _ => self.plain.create_sliding_accumulator(args),
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        match args.return_type() {
            DataType::Int64 | DataType::UInt64 if !args.is_distinct => {
                let total = Field::new(format_state_name(args.name, "sum"), STATE, true);
                let rows = Field::new(format_state_name(args.name, "rows"), DataType::UInt64, true);
                Ok(vec![Arc::new(total), Arc::new(rows)])
            }
            _ => self.plain.state_fields(args),
        }
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        self.plain.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        match args.return_type() {
            DataType::Int64 => Ok(Box::new(Totals::<Int64Type>::new(self.or_null))),
            DataType::UInt64 => Ok(Box::new(Totals::<UInt64Type>::new(self.or_null))),
            _ => self.plain.create_groups_accumulator(args),
        }
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn set_monotonicity(&self, ty: &DataType) -> SetMonotonicity {
        self.plain.inner().set_monotonicity(ty)
    }

    fn value_from_stats(&self, args: &StatisticsArgs) -> Option<ScalarValue> {
        self.plain.value_from_stats(args)
    }
}

/// The 64-bit integers.
trait Whole: ArrowPrimitiveType<Native: Into<i128> + TryFrom<i128>> + std::fmt::Debug {}

impl Whole for Int64Type {}
impl Whole for UInt64Type {}

fn narrowed<T: Whole>(total: i128, or_null: bool) -> Result<Option<T::Native>> {
    match T::Native::try_from(total) {
        Ok(sum) => Ok(Some(sum)),
        Err(_) if or_null => Ok(None),
        Err(_) => {
            let message = format!("overflow: the sum {total} does not fit {}", T::DATA_TYPE);
            Err(arrow_datafusion_err!(ArrowError::ArithmeticOverflow(message)))
        }
    }
}

/// The sum of the values of a batch.
fn batch_total<T: Whole>(values: &PrimitiveArray<T>) -> i128
where
    T::Native: ArrowNativeTypeOp,
{
    match compute::sum_checked(values) {
        Ok(total) => total.map_or(0, Into::into),
        Err(_) => values.iter().flatten().map(Into::<i128>::into).sum(),
    }
}

/// One sum, which rows may also leave again (a window).
#[derive(Debug)]
struct Total<T> {
    total: i128,
    rows: u64,
    or_null: bool,
    ty: PhantomData<fn() -> T>,
}

impl<T> Total<T> {
    fn new(or_null: bool) -> Self {
        Self { total: 0, rows: 0, or_null, ty: PhantomData }
    }
}

impl<T: Whole> Accumulator for Total<T> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if let [values] = values {
            let values = values.as_primitive::<T>();
            self.total += batch_total(values);
            self.rows += (values.len() - values.null_count()) as u64;
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if let [values] = values {
            let values = values.as_primitive::<T>();
            self.total -= batch_total(values);
            self.rows = self.rows.saturating_sub((values.len() - values.null_count()) as u64);
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let total = if self.rows == 0 { None } else { narrowed::<T>(self.total, self.or_null)? };
        ScalarValue::new_primitive::<T>(total, &T::DATA_TYPE)
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Decimal128(Some(self.total), 38, 0), ScalarValue::UInt64(Some(self.rows))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        if let [totals, rows] = states {
            self.total += totals.as_primitive::<Decimal128Type>().iter().flatten().sum::<i128>();
            self.rows += rows.as_primitive::<UInt64Type>().iter().flatten().sum::<u64>();
        }
        Ok(())
    }
}

/// The sum of values that differ, which DataFusion gathers.
#[derive(Debug)]
struct DistinctTotal<T> {
    values: Box<dyn Accumulator>,
    or_null: bool,
    ty: PhantomData<fn() -> T>,
}

impl<T> DistinctTotal<T> {
    fn over(values: Box<dyn Accumulator>, or_null: bool) -> Self {
        Self { values, or_null, ty: PhantomData }
    }
}

impl<T: Whole> Accumulator for DistinctTotal<T> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.values.update_batch(values)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let state = self.values.state()?;
        let [ScalarValue::List(gathered)] = state.as_slice() else {
            return internal_err!("the state of a distinct sum is a list");
        };
        let gathered = gathered.values();
        let total = if gathered.is_empty() { None } else { narrowed::<T>(batch_total(gathered.as_primitive::<T>()), self.or_null)? };
        ScalarValue::new_primitive::<T>(total, &T::DATA_TYPE)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.values.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.values.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.values.merge_batch(states)
    }
}

/// The sums of many groups.
#[derive(Debug)]
struct Totals<T> {
    totals: Vec<i128>,
    rows: Vec<u64>,
    or_null: bool,
    ty: PhantomData<fn() -> T>,
}

impl<T: Whole> Totals<T> {
    fn new(or_null: bool) -> Self {
        Self { totals: Vec::new(), rows: Vec::new(), or_null, ty: PhantomData }
    }

    fn grow(&mut self, groups: usize) {
        self.totals.resize(groups, 0);
        self.rows.resize(groups, 0);
    }

    fn add(&mut self, group: usize, value: i128, rows: u64) {
        if let (Some(total), Some(count)) = (self.totals.get_mut(group), self.rows.get_mut(group)) {
            *total += value;
            *count += rows;
        }
    }

    fn take(&mut self, emit: EmitTo) -> (Vec<i128>, Vec<u64>) {
        (emit.take_needed(&mut self.totals), emit.take_needed(&mut self.rows))
    }
}

impl<T: Whole> GroupsAccumulator for Totals<T> {
    fn update_batch(&mut self, values: &[ArrayRef], groups: &[usize], filter: Option<&BooleanArray>, count: usize) -> Result<()> {
        self.grow(count);
        let [values] = values else {
            return internal_err!("sum takes one argument");
        };
        let values = values.as_primitive::<T>();
        if filter.is_none() && values.null_count() == 0 {
            for (&group, &value) in groups.iter().zip(values.values()) {
                self.add(group, value.into(), 1);
            }
            return Ok(());
        }
        for (row, (&group, value)) in groups.iter().zip(values.iter()).enumerate() {
            let counts = filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
            if let Some(value) = value.filter(|_| counts) {
                self.add(group, value.into(), 1);
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let (totals, rows) = self.take(emit);
        let sum = |(total, rows)| if rows == 0 { Ok(None) } else { narrowed::<T>(total, self.or_null) };
        let sums = totals.into_iter().zip(rows).map(sum);
        Ok(Arc::new(sums.collect::<Result<PrimitiveArray<T>>>()?))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let (totals, rows) = self.take(emit);
        states(totals, rows)
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], count: usize) -> Result<()> {
        self.grow(count);
        let [totals, rows] = states else {
            return internal_err!("a sum's state has two columns");
        };
        let (totals, rows) = (totals.as_primitive::<Decimal128Type>(), rows.as_primitive::<UInt64Type>());
        for ((&group, total), rows) in groups.iter().zip(totals.iter()).zip(rows.iter()) {
            self.add(group, total.unwrap_or_default(), rows.unwrap_or_default());
        }
        Ok(())
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let [values] = values else {
            return internal_err!("sum takes one argument");
        };
        let counts = |row| filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
        let values = values.as_primitive::<T>().iter().enumerate().map(|(row, value)| value.filter(|_| counts(row)));
        let (totals, rows) = values.map(|value| (value.map_or(0, Into::into), u64::from(value.is_some()))).unzip();
        states(totals, rows)
    }

    fn size(&self) -> usize {
        self.totals.capacity() * mem::size_of::<i128>() + self.rows.capacity() * mem::size_of::<u64>()
    }
}

fn states(totals: Vec<i128>, rows: Vec<u64>) -> Result<Vec<ArrayRef>> {
    let totals = Decimal128Array::from(totals).with_precision_and_scale(38, 0)?;
    Ok(vec![Arc::new(totals), Arc::new(PrimitiveArray::<UInt64Type>::from(rows))])
}
