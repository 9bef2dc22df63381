//! Sum and mean of the floats in a frame that moves: those that are no numbers are counted, so that they can leave again.

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::Float64Type;
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::Accumulator;

pub(crate) fn sum() -> Box<dyn Accumulator> {
    Box::new(Frame { result: |frame| frame.sum(), ..Frame::default() })
}

pub(super) fn mean() -> Box<dyn Accumulator> {
    Box::new(Frame { result: |frame| frame.sum() / frame.rows() as f64, ..Frame::default() })
}

#[derive(Debug)]
struct Frame {
    result: fn(&Self) -> f64,
    finite: f64,
    numbers: i64,
    infinities: i64,
    negative_infinities: i64,
    nans: i64,
}

impl Default for Frame {
    fn default() -> Self {
        Self { result: Self::sum, finite: 0.0, numbers: 0, infinities: 0, negative_infinities: 0, nans: 0 }
    }
}

impl Frame {
    fn rows(&self) -> i64 {
        self.numbers + self.infinities + self.negative_infinities + self.nans
    }

    fn sum(&self) -> f64 {
        match (self.infinities > 0, self.negative_infinities > 0) {
            _ if self.nans > 0 => f64::NAN,
            (true, true) => f64::NAN,
            (true, false) => f64::INFINITY,
            (false, true) => f64::NEG_INFINITY,
            (false, false) => self.finite,
        }
    }

    /// Takes values in, or with -1 out.
    fn count(&mut self, values: &[ArrayRef], sign: i64) -> Result<()> {
        let [values] = values else {
            return internal_err!("sum and avg take one argument");
        };
        for value in values.as_primitive::<Float64Type>().iter().flatten() {
            let counter = match value {
                _ if value.is_nan() => &mut self.nans,
                f64::INFINITY => &mut self.infinities,
                f64::NEG_INFINITY => &mut self.negative_infinities,
                _ => {
                    self.finite += sign as f64 * value;
                    &mut self.numbers
                }
            };
            *counter += sign;
        }
        if self.numbers == 0 {
            self.finite = 0.0;
        }
        Ok(())
    }
}

impl Accumulator for Frame {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.count(values, 1)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.count(values, -1)
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64((self.rows() > 0).then(|| (self.result)(self))))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        internal_err!("frames are not merged")
    }

    fn merge_batch(&mut self, _: &[ArrayRef]) -> Result<()> {
        internal_err!("frames are not merged")
    }
}
