//! Whether two results are the same: names, types, and rows as a list or as a multiset.

use arrow::array::{Array, ArrayRef, AsArray, Float32Array, Float64Array, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{Float32Type, Float64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};

/// How rows are compared.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// The order of rows counts.
    pub ordered: bool,
    /// Relative tolerance for floating point columns.
    pub float_tolerance: f64,
}

/// A row as text, one string a column, and its floating point values apart.
struct Row {
    texts: Vec<String>,
    floats: Vec<f64>,
}

/// Says how the actual result differs from the expected one, if it does.
pub fn difference(expected: &(SchemaRef, Vec<RecordBatch>), actual: &(SchemaRef, Vec<RecordBatch>), rules: Rules) -> Option<String> {
    let (expected_schema, actual_schema) = (shape(&expected.0), shape(&actual.0));
    if expected_schema != actual_schema {
        return Some(format!("columns differ\n  expected {expected_schema:?}\n  actual   {actual_schema:?}"));
    }
    let (expected, actual) = (rows(expected, rules), rows(actual, rules));
    if expected.len() != actual.len() {
        return Some(format!("expected {} rows, got {}", expected.len(), actual.len()));
    }
    expected.iter().zip(&actual).position(|(a, b)| !same(a, b, rules.float_tolerance)).map(|at| {
        format!(
            "row {at} differs\n  expected {:?} {:?}\n  actual   {:?} {:?}",
            expected[at].texts, expected[at].floats, actual[at].texts, actual[at].floats
        )
    })
}

/// Names and types, without nullability, metadata and layout.
fn shape(schema: &Schema) -> Vec<(String, DataType)> {
    schema.fields().iter().map(|field| (field.name().clone(), logical(field.data_type()))).collect()
}

fn logical(data_type: &DataType) -> DataType {
    match data_type {
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView => DataType::Binary,
        DataType::List(item) | DataType::LargeList(item) => DataType::List(plain("item", item).into()),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(plain("item", item).into(), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(|field| plain(field.name(), field)).collect::<Fields>()),
        DataType::Map(entries, _) => match logical(entries.data_type()) {
            DataType::Struct(fields) => {
                let renamed = fields.iter().zip(["key", "value"]).map(|(field, name)| plain(name, field));
                DataType::Map(Field::new("entries", DataType::Struct(renamed.collect()), true).into(), false)
            }
            other => other,
        },
        other => other.clone(),
    }
}

fn plain(name: &str, field: &Field) -> Field {
    Field::new(name, logical(field.data_type()), true)
}

fn rows((schema, batches): &(SchemaRef, Vec<RecordBatch>), rules: Rules) -> Vec<Row> {
    let batch = concat_batches(schema, batches).expect("batches of one schema");
    let options = FormatOptions::default().with_null("∅");
    let (floats, others): (Vec<&ArrayRef>, Vec<&ArrayRef>) =
        batch.columns().iter().partition(|column| column.data_type().is_floating() && rules.float_tolerance > 0.0);
    let formatters: Vec<ArrayFormatter<'_>> =
        others.iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options).expect("a printable column")).collect();
    let floats: Vec<Float64Array> = floats.iter().map(|column| to_f64(column)).collect();
    let mut rows: Vec<Row> = (0..batch.num_rows())
        .map(|at| Row {
            texts: formatters.iter().map(|formatter| formatter.value(at).to_string()).collect(),
            floats: floats.iter().map(|column| if column.is_null(at) { f64::NEG_INFINITY } else { column.value(at) }).collect(),
        })
        .collect();
    if !rules.ordered {
        rows.sort_by(|a, b| a.texts.cmp(&b.texts).then_with(|| total_order(&a.floats, &b.floats)));
    }
    rows
}

fn to_f64(column: &ArrayRef) -> Float64Array {
    match column.data_type() {
        DataType::Float64 => column.as_primitive::<Float64Type>().clone(),
        DataType::Float32 => {
            let column: &Float32Array = column.as_primitive::<Float32Type>();
            column.iter().map(|value| value.map(f64::from)).collect()
        }
        _ => cast(column, &DataType::Float64).expect("a number").as_primitive::<Float64Type>().clone(),
    }
}

fn total_order(a: &[f64], b: &[f64]) -> std::cmp::Ordering {
    a.iter().zip(b).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
}

fn same(a: &Row, b: &Row, tolerance: f64) -> bool {
    a.texts == b.texts && a.floats.iter().zip(&b.floats).all(|(a, b)| close(*a, *b, tolerance))
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1e-300)
}
