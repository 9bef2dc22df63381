//! The TPC-H tables as Parquet files, made by the `tpchgen` crate: `DIR/<table>/part-<n>.parquet`.
//!
//! Types follow the specification: identifiers 64-bit, other integers 32-bit, decimals (15, 2), dates, strings. Large tables come
//! in several files, so that a scan has something to do in parallel.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int32Array, Int64Array, RecordBatch, StringBuilder};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use polybolos_protocol::{Code, Error, Result};
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator, RegionGenerator,
    SupplierGenerator,
};

use super::{run_on_all_cores, storage_error};

/// The eight tables, smallest first.
pub const TABLES: [&str; 8] = ["region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"];

const BATCH_ROWS: usize = 8192;
const ROW_GROUP_ROWS: usize = 128 * 1024;

/// Writes all tables under `output`, calling `done` after each file. Refuses a folder that holds one of the tables already.
///
/// `scale_factor` 1 is about 8.7 million rows and 350 MB; it must be positive.
pub fn generate(scale_factor: f64, output: &Path, done: &(dyn Fn(&Path) + Sync)) -> Result<()> {
    if !(scale_factor.is_finite() && scale_factor > 0.0) {
        return Err(Error::invalid_argument(format!("scale factor must be a positive number, not {scale_factor}")));
    }
    for table in TABLES {
        let folder = output.join(table);
        if folder.exists() {
            let message = format!("{} exists; remove it, or name another output folder", folder.display());
            return Err(Error::new(Code::AlreadyExists, message));
        }
    }
    let work = files(scale_factor);
    run_on_all_cores(&work, |file| {
        let path = file.write(scale_factor, output)?;
        done(&path);
        Ok(())
    })
}

/// How many files [`generate`] writes at this scale factor.
pub fn file_count(scale_factor: f64) -> usize {
    files(scale_factor).len()
}

/// One file: a part of a table.
#[derive(Debug, Clone, Copy)]
struct TableFile {
    table: &'static str,
    part: i32,
    parts: i32,
}

fn files(scale_factor: f64) -> Vec<TableFile> {
    let all = TABLES.iter().rev().flat_map(|&table| {
        let parts = parts(table, scale_factor);
        (1..=parts).map(move |part| TableFile { table, part, parts })
    });
    all.collect()
}

fn parts(table: &str, scale_factor: f64) -> i32 {
    let per_unit = match table {
        "lineitem" => 4.0,
        "orders" | "partsupp" => 2.0,
        "customer" | "part" => 1.0,
        _ => 0.0,
    };
    // The cast saturates, and the clamp keeps it small.
    (scale_factor * per_unit).ceil().clamp(1.0, 1000.0) as i32
}

impl TableFile {
    fn write(self, scale_factor: f64, output: &Path) -> Result<PathBuf> {
        let folder = output.join(self.table);
        let path = folder.join(format!("part-{}.parquet", self.part - 1));
        fs::create_dir_all(&folder).map_err(|error| storage_error(&folder, error))?;
        let file = File::create(&path).map_err(|error| storage_error(&path, error))?;
        self.write_rows(scale_factor, file).map_err(|error| storage_error(&path, error))?;
        Ok(path)
    }

    fn write_rows(self, scale_factor: f64, file: File) -> Result<(), ArrowError> {
        let (part, parts) = (self.part, self.parts);
        match self.table {
            "region" => write_batches(file, region(RegionGenerator::new(scale_factor, part, parts).iter())),
            "nation" => write_batches(file, nation(NationGenerator::new(scale_factor, part, parts).iter())),
            "supplier" => write_batches(file, supplier(SupplierGenerator::new(scale_factor, part, parts).iter())),
            "customer" => write_batches(file, customer(CustomerGenerator::new(scale_factor, part, parts).iter())),
            "part" => write_batches(file, self::part(PartGenerator::new(scale_factor, part, parts).iter())),
            "partsupp" => write_batches(file, partsupp(PartSuppGenerator::new(scale_factor, part, parts).iter())),
            "orders" => write_batches(file, orders(OrderGenerator::new(scale_factor, part, parts).iter())),
            _ => write_batches(file, lineitem(LineItemGenerator::new(scale_factor, part, parts).iter())),
        }
    }
}

fn write_batches(file: File, batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>) -> Result<(), ArrowError> {
    let properties =
        WriterProperties::builder().set_compression(Compression::SNAPPY).set_max_row_group_row_count(Some(ROW_GROUP_ROWS)).build();
    let mut batches = batches.peekable();
    let schema = match batches.peek() {
        Some(Ok(first)) => first.schema(),
        Some(Err(_)) => return batches.next().transpose().map(drop),
        None => return Err(ArrowError::InvalidArgumentError("the generator made no rows".to_owned())),
    };
    let mut writer = ArrowWriter::try_new(file, schema, Some(properties))?;
    for batch in batches {
        writer.write(&batch?)?;
    }
    writer.close()?;
    Ok(())
}

/// A function from rows of a table to record batches: one line a column, its kind says how it is stored.
macro_rules! table {
    ($name:ident, { $($column:ident: $kind:ident),* $(,)? }) => {
        fn $name<'a>(rows: impl Iterator<Item = row::$name<'a>>) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> {
            let mut rows = rows;
            std::iter::from_fn(move || {
                let chunk: Vec<_> = rows.by_ref().take(BATCH_ROWS).collect();
                (!chunk.is_empty()).then(|| {
                    RecordBatch::try_from_iter_with_nullable([
                        $((stringify!($column), $kind(chunk.iter().map(|row| &row.$column))?, false),)*
                    ])
                })
            })
        }
    };
}

/// The generator's row types under the names of their tables.
#[expect(non_camel_case_types, reason = "named as the tables are")]
mod row {
    use tpchgen::generators as g;

    pub(super) type region<'a> = g::Region<'a>;
    pub(super) type nation<'a> = g::Nation<'a>;
    pub(super) type supplier<'a> = Lifeless<'a>;
    pub(super) type customer<'a> = g::Customer<'a>;
    pub(super) type part<'a> = g::Part<'a>;
    pub(super) type partsupp<'a> = g::PartSupp<'a>;
    pub(super) type orders<'a> = g::Order<'a>;
    pub(super) type lineitem<'a> = g::LineItem<'a>;

    /// `Supplier` borrows nothing; the alias only gives it the lifetime that the macro writes.
    pub(super) type Lifeless<'a> = <&'a () as WithLifetime>::Row;

    pub(super) trait WithLifetime {
        type Row;
    }

    impl WithLifetime for &() {
        type Row = g::Supplier;
    }
}

table!(region, { r_regionkey: int64, r_name: text, r_comment: text });
table!(nation, { n_nationkey: int64, n_name: text, n_regionkey: int64, n_comment: text });
table!(supplier, {
    s_suppkey: int64, s_name: text, s_address: text, s_nationkey: int64, s_phone: text, s_acctbal: money, s_comment: text,
});
table!(customer, {
    c_custkey: int64, c_name: text, c_address: text, c_nationkey: int64, c_phone: text, c_acctbal: money, c_mktsegment: text,
    c_comment: text,
});
table!(part, {
    p_partkey: int64, p_name: text, p_mfgr: text, p_brand: text, p_type: text, p_size: int32, p_container: text,
    p_retailprice: money, p_comment: text,
});
table!(partsupp, { ps_partkey: int64, ps_suppkey: int64, ps_availqty: int32, ps_supplycost: money, ps_comment: text });
table!(orders, {
    o_orderkey: int64, o_custkey: int64, o_orderstatus: text, o_totalprice: money, o_orderdate: date, o_orderpriority: text,
    o_clerk: text, o_shippriority: int32, o_comment: text,
});
table!(lineitem, {
    l_orderkey: int64, l_partkey: int64, l_suppkey: int64, l_linenumber: int32, l_quantity: whole, l_extendedprice: money,
    l_discount: money, l_tax: money, l_returnflag: text, l_linestatus: text, l_shipdate: date, l_commitdate: date,
    l_receiptdate: date, l_shipinstruct: text, l_shipmode: text, l_comment: text,
});

fn int64<'a>(values: impl Iterator<Item = &'a i64>) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(Int64Array::from_iter_values(values.copied())))
}

fn int32<'a>(values: impl Iterator<Item = &'a i32>) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(Int32Array::from_iter_values(values.copied())))
}

fn money<'a>(values: impl Iterator<Item = &'a tpchgen::decimal::TPCHDecimal>) -> Result<ArrayRef, ArrowError> {
    decimal(values.map(|value| value.into_inner()))
}

fn whole<'a>(values: impl Iterator<Item = &'a i64>) -> Result<ArrayRef, ArrowError> {
    decimal(values.map(|value| value * 100))
}

fn decimal(cents: impl Iterator<Item = i64>) -> Result<ArrayRef, ArrowError> {
    let values = Decimal128Array::from_iter_values(cents.map(i128::from));
    Ok(Arc::new(values.with_precision_and_scale(15, 2)?))
}

fn date<'a>(values: impl Iterator<Item = &'a tpchgen::dates::TPCHDate>) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(Date32Array::from_iter_values(values.map(tpchgen::dates::TPCHDate::to_unix_epoch))))
}

fn text<'a, T: std::fmt::Display + 'a>(values: impl Iterator<Item = &'a T>) -> Result<ArrayRef, ArrowError> {
    let mut builder = StringBuilder::new();
    for value in values {
        write!(builder, "{value}").map_err(|error| ArrowError::from_external_error(Box::new(error)))?;
        builder.append_value("");
    }
    Ok(Arc::new(builder.finish()))
}
