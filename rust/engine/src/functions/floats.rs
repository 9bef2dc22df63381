//! `min`, `max` and `avg` of floats that know NaN and the infinities, where DataFusion 55 does not.
//!
//! | what | DataFusion's answer | ours |
//! | --- | --- | --- |
//! | the least or greatest of a group with a NaN | depends on the order of the rows | NaN is the greatest of all |
//! | the greatest of a group of nothing but -inf | the least finite number | -inf |
//! | the mean (and `sum.rs`: the sum) over a frame that NaN or an infinity has left | NaN for ever | that of the rest |
//!
//! Types other than floats are DataFusion's own.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, FieldRef, Float16Type, Float32Type, Float64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::functions_aggregate::average::avg_udaf;
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, GroupsAccumulator, ReversedUDAF, SetMonotonicity, Signature, StatisticsArgs,
};

use self::extreme::Side;

mod extreme;
pub(super) mod frame;

/// The aggregates that a session registers in the place of DataFusion's.
pub(crate) fn all() -> [Arc<AggregateUDF>; 3] {
    static ALL: LazyLock<[Arc<AggregateUDF>; 3]> = LazyLock::new(|| {
        [(min_udaf(), Some(Side::Least)), (max_udaf(), Some(Side::Greatest)), (avg_udaf(), None)]
            .map(|(plain, side)| Arc::new(AggregateUDF::new_from_impl(OfFloats { plain, side })))
    });
    ALL.clone()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct OfFloats {
    plain: Arc<AggregateUDF>,
    /// Of `min` and `max`.
    side: Option<Side>,
}

impl OfFloats {
    fn extreme_of_floats(&self, ty: &DataType) -> Option<Side> {
        self.side.filter(|_| ty.is_floating())
    }
}

impl AggregateUDFImpl for OfFloats {
    fn name(&self) -> &str {
        self.plain.name()
    }

    fn aliases(&self) -> &[String] {
        self.plain.aliases()
    }

    fn signature(&self) -> &Signature {
        self.plain.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.plain.return_type(types)
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.plain.coerce_types(types)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        self.plain.state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match (self.side, args.return_type()) {
            (Some(side), DataType::Float16) => Ok(extreme::of_all::<Float16Type>(side)),
            (Some(side), DataType::Float32) => Ok(extreme::of_all::<Float32Type>(side)),
            (Some(side), DataType::Float64) => Ok(extreme::of_all::<Float64Type>(side)),
            _ => self.plain.accumulator(args),
        }
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        self.plain.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        match (self.side, args.return_type()) {
            (Some(side), DataType::Float16) => Ok(extreme::of_groups::<Float16Type>(side)),
            (Some(side), DataType::Float32) => Ok(extreme::of_groups::<Float32Type>(side)),
            (Some(side), DataType::Float64) => Ok(extreme::of_groups::<Float64Type>(side)),
            _ => self.plain.create_groups_accumulator(args),
        }
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match (self.side, args.return_type()) {
            (None, DataType::Float64) if !args.is_distinct => Ok(frame::mean()),
            _ => self.plain.create_sliding_accumulator(args),
        }
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.plain.order_sensitivity()
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn is_descending(&self) -> Option<bool> {
        self.plain.is_descending()
    }

    fn value_from_stats(&self, args: &StatisticsArgs) -> Option<ScalarValue> {
        // Statistics of files leave NaN out.
        if self.extreme_of_floats(args.return_type).is_some() { None } else { self.plain.value_from_stats(args) }
    }

    fn set_monotonicity(&self, ty: &DataType) -> SetMonotonicity {
        self.plain.inner().set_monotonicity(ty)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.plain.documentation()
    }
}
