//! A random share of the rows.
//!
//! The numbers come from the seed, the partition and the row's place in it, so that the same plan over the same files draws
//! the same rows again, however the partitions are scheduled.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, UInt32Array};
use arrow::compute::{filter_record_batch, take_record_batch};
use arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;

use super::exec::{MapPartition, Mapper};
use super::{Mapped, Mapping};
use crate::bind::fault::planned;

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Draw {
    /// Each row with this probability.
    Keep(f64),
    /// Each row so many times on average: with replacement.
    Repeat(f64),
    /// A number between 0 and 1 for each row, in a new column of this name.
    Number(String),
}

/// The plan that draws from the rows of the input.
pub(crate) fn over(input: Arc<LogicalPlan>, seed: i64, draw: Draw) -> polybolos_protocol::Result<LogicalPlan> {
    let mut fields: Vec<_> = input.schema().iter().map(|(qualifier, field)| (qualifier.cloned(), Arc::clone(field))).collect();
    if let Draw::Number(name) = &draw {
        fields.push((None, Arc::new(Field::new(name.clone(), DataType::Float64, false))));
    }
    let schema = Arc::new(planned(DFSchema::new_with_metadata(fields, HashMap::new()))?);
    let mapping = Sample { reads: input.schema().columns(), seed, draw };
    Ok(Mapped::plan(Arc::unwrap_or_clone(input), Arc::new(mapping), schema))
}

#[derive(Debug)]
struct Sample {
    reads: Vec<Column>,
    seed: i64,
    draw: Draw,
}

impl Mapping for Sample {
    fn name(&self) -> &'static str {
        "Sample"
    }

    fn describe(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Sample: {:?}, seed={}", self.draw, self.seed)
    }

    fn reads(&self) -> &[Column] {
        &self.reads
    }

    fn mapper(&self, input: &LogicalPlan, _: &dyn Session, _: &PhysicalPlanningContext) -> Result<Arc<dyn Mapper>> {
        let mut fields: Vec<_> = input.schema().fields().iter().cloned().collect();
        if let Draw::Number(name) = &self.draw {
            fields.push(Arc::new(Field::new(name.clone(), DataType::Float64, false)));
        }
        let schema = Arc::new(arrow::datatypes::Schema::new(fields));
        Ok(Arc::new(SampleMapper { seed: self.seed, draw: self.draw.clone(), schema }))
    }
}

#[derive(Debug)]
struct SampleMapper {
    seed: i64,
    draw: Draw,
    schema: SchemaRef,
}

impl Mapper for SampleMapper {
    fn name(&self) -> &'static str {
        "SampleExec"
    }

    fn describe(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "SampleExec: {:?}, seed={}", self.draw, self.seed)
    }

    fn start(&self, partition: usize, _: usize) -> Result<Box<dyn MapPartition>> {
        let numbers = Numbers::new(self.seed, partition);
        Ok(Box::new(SamplePartition { numbers, draw: self.draw.clone(), schema: Arc::clone(&self.schema) }))
    }

    fn keeps_rows(&self) -> bool {
        false
    }
}

struct SamplePartition {
    numbers: Numbers,
    draw: Draw,
    schema: SchemaRef,
}

impl MapPartition for SamplePartition {
    fn map(&mut self, batch: RecordBatch) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        match &self.draw {
            Draw::Keep(fraction) => {
                let kept: BooleanArray = (0..rows).map(|_| Some(self.numbers.next() < *fraction)).collect();
                Ok(filter_record_batch(&batch, &kept)?)
            }
            Draw::Repeat(mean) => {
                let mut taken = Vec::new();
                for row in 0..u32::try_from(rows).unwrap_or(u32::MAX) {
                    taken.extend(std::iter::repeat_n(row, self.numbers.poisson(*mean)));
                }
                Ok(take_record_batch(&batch, &UInt32Array::from(taken))?)
            }
            Draw::Number(_) => {
                let numbers: Float64Array = (0..rows).map(|_| Some(self.numbers.next())).collect();
                let mut columns = batch.columns().to_vec();
                columns.push(Arc::new(numbers) as ArrayRef);
                Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
            }
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same in every version.
struct Numbers(u64);

impl Numbers {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

    fn new(seed: i64, partition: usize) -> Self {
        let mut numbers = Self(seed.cast_unsigned());
        let start = numbers.bits();
        Self(start ^ (partition as u64).wrapping_mul(Self::STEP))
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(Self::STEP);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The next number, from 0 (included) to 1 (excluded).
    fn next(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// How often something happens that happens so often on average (Knuth's method).
    fn poisson(&mut self, mean: f64) -> usize {
        let limit = (-mean).exp();
        let mut product = self.next();
        let mut count = 0;
        while product > limit {
            product *= self.next();
            count += 1;
        }
        count
    }
}
