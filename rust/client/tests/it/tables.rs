//! Tables as text: golden, because every language must print the same.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, ListArray, RecordBatch, StringViewArray, TimestampMicrosecondArray,
    TimestampSecondArray,
};
use arrow::datatypes::Int64Type;
use polybolos_client::show::table_of_width;

fn batch() -> RecordBatch {
    let columns: [(&str, ArrayRef); 7] = [
        ("id", Arc::new(Int32Array::from(vec![Some(1), None, Some(300)]))),
        ("share", Arc::new(Float64Array::from(vec![0.25, f64::NAN, 1e20]))),
        ("name", Arc::new(StringViewArray::from(vec![Some("two\nlines"), None, Some(&*"long ".repeat(20))]))),
        ("flag", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]))),
        ("day", Arc::new(Date32Array::from(vec![Some(19_753), None, Some(-1)]))),
        ("at", Arc::new(TimestampMicrosecondArray::from(vec![1_706_702_400_000_000, 0, 1]).with_timezone("UTC"))),
        ("list", Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1), None]), None, Some(vec![])]))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn text(rows_max: usize, width: Option<usize>) -> String {
    table_of_width(batch().schema_ref(), &[batch().slice(0, 2), batch().slice(2, 1)], rows_max, width).unwrap()
}

#[test]
fn a_table_shows_names_types_and_values() {
    insta::assert_snapshot!(text(20, None));
}

#[test]
fn a_table_that_is_too_wide_loses_columns_in_the_middle() {
    let narrow = text(20, Some(60));
    assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
    insta::assert_snapshot!(narrow);
}

#[test]
fn a_table_says_that_there_are_more_rows() {
    assert!(text(2, None).ends_with("first 2 rows, there are more\n"));
    assert!(text(3, None).ends_with("\n3 rows\n"));
    let empty = table_of_width(batch().schema_ref(), &[], 20, None).unwrap();
    assert!(empty.ends_with("\n0 rows\n"), "{empty}");
}

#[test]
fn a_value_that_has_no_text_says_so_in_its_place() {
    let at: ArrayRef = Arc::new(TimestampSecondArray::from(vec![0, i64::MAX]));
    let batch = RecordBatch::try_from_iter([("at", at)]).unwrap();
    let table = table_of_width(batch.schema_ref(), std::slice::from_ref(&batch), 20, None).unwrap();
    assert!(table.contains("| 1970-01-01T00:00:00"), "{table}");
    assert!(table.contains("| ERROR: Cast error: Failed to convert 92…"), "{table}");
}
