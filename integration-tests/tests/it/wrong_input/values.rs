//! Values that an expression cannot take: found while the query runs, told at the line of the step that computes them.

use arrow::datatypes::Schema;
use polybolos_client::functions::{abs, sum};
use polybolos_client::{Code, DataFrame, Literal, Session, col, lit};

use super::{Doors, number};

/// The line that made a frame, words of the message that it fails with, the frame.
type Wrong = (u32, &'static [&'static str], DataFrame);

/// Each of these frames fails with this code.
async fn each_fails<const N: usize>(code: Code, wrong: impl Fn(&Session) -> [Wrong; N]) {
    let doors = Doors::open().await;
    for door in doors.each().await {
        for (line, says, frame) in wrong(&door.session) {
            let later = frame.limit(1_000_000).unwrap();
            let told = door.told(format!("line {line}"), later.collect().await);
            told.code(code).says(says).at(file!(), line);
        }
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integer_or_decimal_divided_by_zero_is_told_at_the_line() {
    each_fails(Code::DivisionByZero, |session| {
        let numbers = session.range(0, 10_000).unwrap();
        let money = numbers.with_column("money", col("id").cast("decimal(12, 2)")).unwrap();
        [
            (line!(), &["by zero"], numbers.with_column("x", lit(10_i64) / col("id")).unwrap()),
            (line!(), &["by zero"], numbers.filter((lit(10_i64) % col("id")).eq(3)).unwrap()),
            (line!(), &["by zero"], money.select(lit(Literal::decimal("1.50", 12, 2).unwrap()) / col("money")).unwrap()),
            (line!(), &["by zero"], numbers.select(lit(1) / lit(0)).unwrap()),
        ]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_float_divided_by_zero_is_infinite_and_no_error() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let infinite = door.range(0, 1).unwrap().select((lit(1.0) / col("id").cast("float64")).eq(f64::INFINITY).cast("int64")).unwrap();
        assert_eq!(number(&infinite).await.unwrap(), 1, "{}", door.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn division_by_zero_in_sql_is_told() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        for text in ["select 1 / 0", "select 10 / id from (select 0 as id)", "select n % (n - 1) from 'words.parquet'"] {
            door.fails(text).await.code(Code::DivisionByZero).says(&["by zero"]);
        }
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_does_not_fit_its_type_is_told_at_the_line() {
    each_fails(Code::NumericOverflow, |session| {
        let numbers = session.read_parquet("numbers.parquet").unwrap();
        let two = session.range(0, 2).unwrap();
        [
            (line!(), &["verflow"], numbers.with_column("x", col("i64") + 1_i64).unwrap()),
            (line!(), &["verflow"], numbers.select(col("i64") * 2_i64).unwrap()),
            (line!(), &["verflow"], numbers.select(-col("i64")).unwrap()),
            (line!(), &["verflow"], numbers.select(abs("i64")).unwrap()),
            (line!(), &["verflow"], numbers.select(col("u64") - 1_u64).unwrap()),
            (line!(), &["verflow"], two.agg(sum(lit(i64::MAX) - col("id"))).unwrap()),
        ]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_cast_is_told_with_the_value_the_type_and_the_line() {
    each_fails(Code::CastFailed, |session| {
        let people = session.read_parquet("people.parquet").unwrap();
        let exact = Schema::new(vec![arrow::datatypes::Field::new("name", arrow::datatypes::DataType::Float64, true)]);
        [
            (line!(), &["Ada", "int64"], people.select(col("name").cast("int64")).unwrap()),
            (line!(), &["Ada", "date"], people.filter(col("name").cast("date").is_null()).unwrap()),
            (line!(), &["300", "int8"], people.with_column("x", (col("id") + 299).cast("int8")).unwrap()),
            (line!(), &["2024-13-01", "date"], people.select(lit("2024-13-01").cast("date")).unwrap()),
            (line!(), &["Ada", "float64"], people.conform(&exact).unwrap()),
        ]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn try_cast_gives_null_where_cast_fails() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let people = door.read_parquet("people.parquet").unwrap();
        let nulls = people.filter(col("name").try_cast("int64").is_null()).unwrap();
        assert_eq!(nulls.count().await.unwrap(), 10, "{}", door.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scalar_subquery_of_two_rows_is_told() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let people = door.read_parquet("people.parquet").unwrap();
        let many = people.select("age").unwrap();
        let (line, frame) = (line!(), people.filter(col("age").gt(polybolos_client::scalar(&many))).unwrap());
        let told = door.told("filter", frame.collect().await);
        told.code(Code::CardinalityViolation).says(&["more than one row"]).at(file!(), line);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_in_the_last_row_fails_the_whole_result() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let rows = door.range(0, 3_000_000).unwrap();
        let (line, frame) = (line!(), rows.with_column("x", lit(1_i64) / (col("id") - 2_999_999_i64)).unwrap());
        let mut result = frame.stream().await.unwrap();
        let mut error = None;
        while let Some(batch) = futures::StreamExt::next(&mut result).await {
            if let Err(failed) = batch {
                error = Some(failed);
                break;
            }
        }
        let outcome = error.map_or(Ok("every row"), Err);
        door.told("the last row", outcome).code(Code::DivisionByZero).at(file!(), line);
        door.still_answers().await;
    }
}
