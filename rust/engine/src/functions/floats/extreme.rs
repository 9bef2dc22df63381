//! The least and the greatest of floats: NaN equals NaN and is greater than every number.

use std::fmt::Debug;

use arrow::array::{ArrayRef, ArrowPrimitiveType, AsArray};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{Accumulator, GroupsAccumulator};
use datafusion_functions_aggregate_common::aggregate::groups_accumulator::prim_op::PrimitiveGroupsAccumulator;
use num_traits::Float;

/// Which of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Side {
    Least,
    Greatest,
}

impl Side {
    fn of<N: Float>(self, a: N, b: N) -> N {
        let b_is_greater = b > a || (b.is_nan() && !a.is_nan());
        match self {
            Side::Greatest if b_is_greater => b,
            Side::Least if !b_is_greater => b,
            _ => a,
        }
    }

    /// What gives way to every value.
    fn start<N: Float>(self) -> N {
        match self {
            Side::Least => N::nan(),
            Side::Greatest => N::neg_infinity(),
        }
    }
}

pub(super) trait FloatType: ArrowPrimitiveType<Native: Float> + Debug + Send {}

impl<T: ArrowPrimitiveType<Native: Float> + Debug + Send> FloatType for T {}

/// That of one group.
pub(super) fn of_all<T: FloatType>(side: Side) -> Box<dyn Accumulator> {
    Box::new(Extreme::<T> { side, found: None })
}

/// Those of many groups.
pub(super) fn of_groups<T: FloatType>(side: Side) -> Box<dyn GroupsAccumulator> {
    let keep = move |found: &mut T::Native, value: T::Native| *found = side.of(*found, value);
    Box::new(PrimitiveGroupsAccumulator::<T, _>::new(&T::DATA_TYPE, keep).with_starting_value(side.start()))
}

#[derive(Debug)]
struct Extreme<T: ArrowPrimitiveType> {
    side: Side,
    found: Option<T::Native>,
}

impl<T: FloatType> Accumulator for Extreme<T> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [values] = values else {
            return internal_err!("min and max take one argument");
        };
        let side = self.side;
        let found = values.as_primitive::<T>().iter().flatten().reduce(|a, b| side.of(a, b));
        self.found = self.found.into_iter().chain(found).reduce(|a, b| side.of(a, b));
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        ScalarValue::new_primitive::<T>(self.found, &T::DATA_TYPE)
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}
