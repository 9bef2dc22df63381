//! Calls that can never be right, told by the method itself, at the caller's line, before anything is sent.

use arrow::datatypes::{DataType, Field, Schema};
use polybolos_client::{Code, Expr, IntoLiteral, Result, Session, col, lit, parameter};

use super::Doors;

#[test]
fn methods_refuse_what_can_never_be_right_at_the_callers_line() {
    let session = Session::detached();
    let people = session.table("people").unwrap();
    let wrong: Vec<(u32, &str, Result<polybolos_client::DataFrame>)> = vec![
        (line!(), "at least one column", people.select(Vec::<Expr>::new())),
        (line!(), "at least one column", people.with_columns(Vec::<Expr>::new())),
        (line!(), "at least one key", people.sort(())),
        (line!(), "at least one column", people.join(&people, Vec::<String>::new(), polybolos_client::JoinKind::Left)),
        (line!(), "cross_join()", people.join(&people, "id", polybolos_client::JoinKind::Cross)),
        (line!(), "between 0 and 1, not -1", people.sample(-1.0)),
        (line!(), "between 0 and 1, not NaN", people.sample(f64::NAN)),
        (line!(), "step of a range cannot be 0", session.range_by(0, 10, 0)),
        (line!(), "at least one partition", people.repartition(0)),
        (line!(), "right after sort()", people.limit_with_ties(3)),
        (line!(), "distinct_on() takes columns", people.distinct_on(col("a") + 1, ())),
        (line!(), "drop() takes columns", people.drop(col("a") + 1)),
        (line!(), "sales..orders", session.table("sales..orders")),
        (line!(), "at least one path", session.read_csv("")),
        (line!(), "at least one path", session.read_parquet(Vec::<String>::new())),
        (line!(), "no type", people.cast([("a", "nothing")])),
        (line!(), "row 1 has 1 values, the schema has 2 columns", session.values(&two_columns(), rows())),
    ];
    for (line, says, outcome) in wrong {
        let error = outcome.err().unwrap_or_else(|| panic!("line {line} should be refused"));
        assert_eq!(error.code(), Code::InvalidArgument, "line {line}: {error}");
        assert!(error.message().contains(says), "line {line}: the message should hold {says:?}: {error}");
        let site = error.call_site().unwrap_or_else(|| panic!("line {line}: no call site: {error}"));
        assert_eq!((site.file.as_str(), site.line), (file!(), line), "{error}");
    }
}

fn two_columns() -> Schema {
    Schema::new(vec![Field::new("a", DataType::Int64, true), Field::new("b", DataType::Int64, true)])
}

fn rows() -> Vec<Vec<polybolos_client::Literal>> {
    vec![vec![1.into_literal(), 2.into_literal()], vec![3.into_literal()]]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_only_builds_plans_says_that_it_runs_none() {
    let error = Session::detached().range(0, 1).unwrap().collect().await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable, "{error}");
    assert!(error.message().contains("connect()"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_without_value_or_of_the_wrong_type_are_told_by_name() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let frame = door.range(0, 10).unwrap().filter(col("id").gt(parameter("least", "int64"))).unwrap();
        door.told("unbound", frame.count().await).code(Code::ParameterMismatch).says(&["$least", "bind(\"least\""]);
        let bound = frame.bind("least", "seven").unwrap();
        door.told("a text", bound.count().await).code(Code::ParameterMismatch).says(&["least", "int64", "string"]);
        assert_eq!(frame.bind("least", 6_i64).unwrap().count().await.unwrap(), 3);
        door.fails("select $1").await.code(Code::ParameterMismatch).says(&["$1"]);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scalar_refuses_what_is_no_single_value() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let (line, frame) = (line!(), door.range(0, 2).unwrap());
        let told = door.told("two rows", frame.scalar().await);
        told.code(Code::CardinalityViolation).says(&["one row of one column", "2 rows"]).at(file!(), line);
        let empty = door.range(0, 0).unwrap();
        door.told("no rows", empty.scalar().await).code(Code::CardinalityViolation).says(&["0 rows"]);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_are_none_or_out_of_range_are_told() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        let told = door.told("set", door.set_option("time_zon", "UTC").await);
        told.code(Code::InvalidArgument).says(&["time_zon"]).near("time_zone");
        for (key, value) in [
            ("time_zone", "Mars/Olympus"),
            ("target_partitions", "0"),
            ("target_partitions", "many"),
            ("target_partitions", "1000000000"),
            ("batch_size", "-5"),
            ("query_timeout_ms", "soon"),
            ("overflow", "ignore"),
        ] {
            let told = door.told(format!("{key} = {value}"), door.set_option(key, value).await);
            told.code(Code::InvalidArgument).says(&[key, value]);
        }
        let zone = door.options().await.unwrap().into_iter().find(|(key, _)| key == "time_zone");
        assert_eq!(zone, Some(("time_zone".to_owned(), "UTC".to_owned())), "{}: a refused value changes nothing", door.name);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn views_and_tables_that_are_not_there_are_told_when_dropped() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        door.range(0, 1).unwrap().create_view("orders").await.unwrap();
        door.told("drop_view", door.drop_view("order").await).code(Code::TableNotFound).says(&["order"]);
        door.told("drop_table", door.drop_table("nothing").await).code(Code::TableNotFound).says(&["nothing"]);
        door.drop_view_if_exists("order").await.unwrap();
        let told = door.told("drop_table of a view", door.drop_table("orders").await);
        told.says(&["orders"]);
        let again = polybolos_client::ViewOptions::default().error_if_exists();
        let frame = door.range(0, 1).unwrap();
        let told = door.told("create_view", door.create_view_with("orders", &frame, again).await);
        told.code(Code::AlreadyExists).says(&["orders"]);
        door.still_answers().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_do_not_fit_a_table_are_told() {
    let doors = Doors::open().await;
    for door in doors.each().await {
        door.execute("create table t as select 1 as a, 'x' as b").await.unwrap().finish().await.unwrap();
        let wrong = door.range(0, 1).unwrap().select((lit("text").alias("a"), lit("y").alias("b"))).unwrap();
        let told = door.told("a text for a number", wrong.insert_into("t").await);
        assert!([Code::TypeMismatch, Code::CastFailed].contains(&told.error.code()), "{}: {}", door.name, told.error);
        let other = door.range(0, 1).unwrap().select((lit(1_i64).alias("a"), lit("y").alias("c"))).unwrap();
        let told = door.told("another column", other.insert_into("t").await);
        assert!(told.error.message().contains("'c'") || told.error.message().contains("'b'"), "{}: {}", door.name, told.error);
        assert_eq!(door.number("select count(*) from t").await, 1, "{}", door.name);
        door.told("write_table", other.write_table("t").await).code(Code::AlreadyExists).says(&["t"]);
        door.still_answers().await;
    }
}
