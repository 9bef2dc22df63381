//! Taxi trips in the schema of New York's TLC yellow-taxi files, made from a seed: one Parquet file a month.
//!
//! The numbers are invented, their shape is not: skewed distances and passenger counts, card payments tip and cash does not, refunds
//! are negative, and the columns that are empty in the real files for dispatched trips are empty together.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use polybolos_protocol::Result;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::{run_on_all_cores, storage_error};

/// The month of the first file, in microseconds since the epoch: 2024-01-01.
const START_MICROS: i64 = 1_704_067_200_000_000;
const MONTH_MICROS: i64 = 30 * 24 * 3_600 * 1_000_000;
const BATCH_ROWS: u64 = 65_536;

/// What to make.
#[derive(Debug, Clone, Copy)]
pub struct Trips {
    /// Trips in all files together.
    pub rows: u64,
    /// Files, one a month.
    pub files: u32,
    /// The same seed makes the same trips.
    pub seed: u64,
}

impl Trips {
    /// Writes `output/yellow_tripdata_<n>.parquet`, calling `done` with the rows of each batch; existing files are replaced.
    pub fn generate(self, output: &Path, done: &(dyn Fn(u64) + Sync)) -> Result<()> {
        fs::create_dir_all(output).map_err(|error| storage_error(output, error))?;
        let months: Vec<u32> = (0..self.files.max(1)).collect();
        run_on_all_cores(&months, |&month| {
            let path = path_of(output, month);
            self.write_month(month, &path, done).map_err(|error| storage_error(&path, error))
        })
    }

    fn write_month(self, month: u32, path: &Path, done: &(dyn Fn(u64) + Sync)) -> Result<(), ArrowError> {
        let mut generator = Generator::new(self, month);
        let first = generator.batch(0)?;
        let properties =
            WriterProperties::builder().set_compression(Compression::SNAPPY).set_max_row_group_row_count(Some(256 * 1024)).build();
        let mut writer = ArrowWriter::try_new(File::create(path)?, first.schema(), Some(properties))?;
        let mut left = self.rows_of(month);
        while left > 0 {
            let rows = left.min(BATCH_ROWS);
            writer.write(&generator.batch(rows)?)?;
            left -= rows;
            done(rows);
        }
        writer.close()?;
        Ok(())
    }

    fn rows_of(self, month: u32) -> u64 {
        let files = u64::from(self.files.max(1));
        self.rows / files + u64::from(u64::from(month) < self.rows % files)
    }
}

fn path_of(output: &Path, month: u32) -> PathBuf {
    output.join(format!("yellow_tripdata_{:02}.parquet", month + 1))
}

/// One trip, before it is split into columns.
struct Trip {
    vendor: i32,
    pickup: i64,
    dropoff: i64,
    dispatched: bool,
    passengers: i64,
    distance: f64,
    rate: i64,
    forwarded: bool,
    from: i32,
    to: i32,
    payment: i64,
    fare: f64,
    extra: f64,
    tax: f64,
    tip: f64,
    tolls: f64,
    surcharge: f64,
    congestion: f64,
    airport: f64,
}

struct Generator {
    random: SmallRng,
    clock: i64,
    step: i64,
}

impl Generator {
    fn new(trips: Trips, month: u32) -> Self {
        let rows = i64::try_from(trips.rows_of(month)).unwrap_or(i64::MAX).max(1);
        Self {
            random: SmallRng::seed_from_u64(trips.seed ^ (u64::from(month) << 32)),
            clock: START_MICROS + i64::from(month) * MONTH_MICROS,
            step: (MONTH_MICROS / rows).max(1),
        }
    }

    fn batch(&mut self, rows: u64) -> Result<RecordBatch, ArrowError> {
        let trips: Vec<Trip> = (0..rows).map(|_| self.trip()).collect();
        to_batch(&trips)
    }

    fn trip(&mut self) -> Trip {
        let random = &mut self.random;
        self.clock += random.random_range(0..=2 * self.step);
        let distance = cents(0.3 + 2.2 * -random.random::<f64>().max(1e-9).ln());
        let minutes = 3.0 + distance * random.random_range(2.5..6.0);
        let refund = if chance(random, 0.004) { -1.0 } else { 1.0 };
        let payment = pick(random, &[(0.72, 1), (0.23, 2), (0.03, 3), (0.02, 4)]);
        let fare = refund * cents(3.0 + 2.4 * distance + 0.4 * minutes);
        let airport = if chance(random, 0.06) { 1.75 } else { 0.0 };
        Trip {
            vendor: pick(random, &[(0.27, 1), (0.73, 2)]) as i32,
            pickup: self.clock,
            dropoff: self.clock + (minutes * 60e6) as i64,
            dispatched: chance(random, 0.045),
            passengers: pick(random, &[(0.76, 1), (0.14, 2), (0.035, 3), (0.02, 4), (0.015, 5), (0.015, 6), (0.015, 0)]),
            distance,
            rate: pick(random, &[(0.95, 1), (0.035, 2), (0.015, 5)]),
            forwarded: chance(random, 0.005),
            from: random.random_range(1..=265),
            to: random.random_range(1..=265),
            payment,
            fare,
            extra: refund * pick(random, &[(0.45, 0), (0.35, 100), (0.2, 250)]) as f64 / 100.0,
            tax: refund * 0.5,
            tip: if payment == 1 { cents(fare.max(0.0) * random.random_range(0.0..0.35)) } else { 0.0 },
            tolls: if chance(random, 0.08) { refund * 6.94 } else { 0.0 },
            surcharge: refund,
            congestion: refund * 2.5,
            airport: refund * airport,
        }
    }
}

fn chance(random: &mut SmallRng, probability: f64) -> bool {
    random.random::<f64>() < probability
}

/// One of the values, by their weights (which sum to 1).
fn pick(random: &mut SmallRng, weighted: &[(f64, i64)]) -> i64 {
    let mut left = random.random::<f64>();
    for &(weight, value) in weighted {
        left -= weight;
        if left < 0.0 {
            return value;
        }
    }
    weighted.first().map_or(0, |&(_, value)| value)
}

fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}

fn to_batch(trips: &[Trip]) -> Result<RecordBatch, ArrowError> {
    let float = |of: fn(&Trip) -> f64| -> ArrayRef { Arc::new(Float64Array::from_iter_values(trips.iter().map(of))) };
    let int = |of: fn(&Trip) -> i32| -> ArrayRef { Arc::new(Int32Array::from_iter_values(trips.iter().map(of))) };
    let time = |of: fn(&Trip) -> i64| -> ArrayRef { Arc::new(TimestampMicrosecondArray::from_iter_values(trips.iter().map(of))) };
    let known = |of: fn(&Trip) -> i64| -> ArrayRef {
        Arc::new(trips.iter().map(|trip| (!trip.dispatched).then(|| of(trip))).collect::<Int64Array>())
    };
    let known_float = |of: fn(&Trip) -> f64| -> ArrayRef {
        Arc::new(trips.iter().map(|trip| (!trip.dispatched).then(|| of(trip))).collect::<Float64Array>())
    };
    let flag: StringArray = trips.iter().map(|trip| (!trip.dispatched).then_some(if trip.forwarded { "Y" } else { "N" })).collect();
    RecordBatch::try_from_iter_with_nullable([
        ("VendorID", int(|t| t.vendor), true),
        ("tpep_pickup_datetime", time(|t| t.pickup), true),
        ("tpep_dropoff_datetime", time(|t| t.dropoff), true),
        ("passenger_count", known(|t| t.passengers), true),
        ("trip_distance", float(|t| t.distance), true),
        ("RatecodeID", known(|t| t.rate), true),
        ("store_and_fwd_flag", Arc::new(flag), true),
        ("PULocationID", int(|t| t.from), true),
        ("DOLocationID", int(|t| t.to), true),
        ("payment_type", Arc::new(Int64Array::from_iter_values(trips.iter().map(|t| t.payment))), true),
        ("fare_amount", float(|t| t.fare), true),
        ("extra", float(|t| t.extra), true),
        ("mta_tax", float(|t| t.tax), true),
        ("tip_amount", float(|t| t.tip), true),
        ("tolls_amount", float(|t| t.tolls), true),
        ("improvement_surcharge", float(|t| t.surcharge), true),
        ("total_amount", float(|t| cents(t.fare + t.extra + t.tax + t.tip + t.tolls + t.surcharge + t.congestion + t.airport)), true),
        ("congestion_surcharge", known_float(|t| t.congestion), true),
        ("Airport_fee", known_float(|t| t.airport), true),
    ])
}
