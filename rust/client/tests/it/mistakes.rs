//! What needs no schema to be wrong is refused by the method that is called.

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use polybolos_client::flight::Address;
use polybolos_client::protocol::{Code, Error};
use polybolos_client::{Connect, DataFrame, JoinKind, Result, Sample, Session, col, functions as f, lit, parameter, star, window_call};

fn trips() -> DataFrame {
    Session::detached().table("trips").unwrap()
}

#[track_caller]
fn refused(result: Result<DataFrame>, code: Code, says: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert!(error.message().contains(says), "{error}");
    assert!(error.call_site().is_some(), "{error} has no line");
}

#[test]
fn empty_arguments_are_refused() {
    use Code::InvalidArgument as Wrong;
    let trips = trips();
    refused(trips.select(()), Wrong, "select() needs");
    refused(trips.with_columns(()), Wrong, "with_columns() needs");
    refused(trips.drop(()), Wrong, "drop() needs");
    refused(trips.sort(()), Wrong, "sort() needs");
    refused(trips.agg(()), Wrong, "agg() needs");
    refused(trips.distinct_on((), ()), Wrong, "distinct_on() needs");
    refused(trips.join(&trips, Vec::<String>::new(), JoinKind::Inner), Wrong, "join() needs");
    refused(trips.session().read_parquet(""), Wrong, "at least one path");
    refused(trips.session().table(""), Wrong, "is not the name of a table");
}

#[test]
fn arguments_out_of_range_are_refused() {
    use Code::InvalidArgument as Wrong;
    let trips = trips();
    refused(trips.sample(1.5), Wrong, "between 0 and 1");
    refused(trips.sample(f64::NAN), Wrong, "between 0 and 1");
    assert!(trips.sample_with(Sample::fraction(1.5).with_replacement()).is_ok());
    refused(trips.repartition(0), Wrong, "at least one partition");
    refused(trips.limit_with_ties(3), Wrong, "right after sort()");
    refused(trips.session().range_by(0, 1, 0), Wrong, "cannot be 0");
    refused(trips.join(&trips, "id", JoinKind::Cross), Wrong, "cross_join()");
    refused(trips.select(col("a").cast("int65")), Wrong, "no type is named \"int65\"");
    refused(trips.select(parameter("p", "list<")), Wrong, "no type is named");
    refused(trips.drop(col("a") + 1), Wrong, "drop() takes columns");
}

#[test]
fn expressions_in_the_wrong_place_are_refused() {
    use Code::InvalidExpression as Wrong;
    let trips = trips();
    let rank = window_call("std", "rank", vec![]);
    refused(trips.filter(f::sum("a").gt(1)), Wrong, "an aggregate stands in agg(), not in filter()");
    refused(trips.select(("a", f::sum("b"))), Wrong, "not in select()");
    refused(trips.select(rank.clone()), Wrong, "add .over(");
    refused(trips.filter(f::sum("a").over(polybolos_client::Window::all()).gt(1)), Wrong, "with_column() first");
    refused(trips.with_columns(star()), Wrong, "only in select()");
    refused(trips.filter(lit(1).over(polybolos_client::Window::all())), Code::InvalidArgument, "over() stands after");
}

#[test]
fn frames_of_two_sessions_do_not_meet() {
    let (here, there) = (trips(), trips());
    refused(here.union(&there), Code::InvalidArgument, "different sessions");
    refused(here.filter(polybolos_client::exists(&there)), Code::InvalidArgument, "different sessions");
}

#[test]
fn a_parameter_is_bound_to_one_value_and_has_one_type() {
    let trips = trips();
    let (two, three) = (trips.bind("n", 2).unwrap(), trips.bind("n", 3).unwrap());
    refused(two.union(&three), Code::InvalidArgument, "$n is bound to two different values");
    let mixed = trips.filter(col("a").gt(parameter("n", "int64")).or(col("b").eq(parameter("n", "string")))).unwrap();
    assert_eq!(mixed.plan().unwrap_err().code(), Code::ParameterMismatch);
}

#[tokio::test]
async fn a_parameter_without_a_value_does_not_run() {
    let error = trips().filter(col("a").gt(parameter("n", "int64"))).unwrap().collect().await.unwrap_err();
    assert_eq!(error.code(), Code::ParameterMismatch);
    assert!(error.message().contains("bind(\"n\", ...)"), "{error}");
}

#[tokio::test]
async fn a_bound_number_takes_the_type_of_its_parameter_where_it_is_the_same_number() {
    let of = |ty: &str| trips().filter(col("a").gt(parameter("n", ty))).unwrap();
    let runs = async |frame: DataFrame| frame.collect().await.unwrap_err().code() == Code::Unavailable;
    assert!(runs(of("int64").bind("n", 3).unwrap()).await);
    assert!(runs(of("uint8").bind("n", 255_i64).unwrap()).await);
    assert!(runs(of("float64").bind("n", 3).unwrap()).await);
    assert!(runs(of("float64").bind("n", 1.5_f32).unwrap()).await);
    assert!(runs(of("date").bind("n", None::<i32>).unwrap()).await);
    let refused = async |frame: DataFrame, says: &str| {
        let error = frame.collect().await.unwrap_err();
        assert_eq!(error.code(), Code::ParameterMismatch, "{error}");
        assert!(error.message().contains(says), "{error}");
    };
    refused(of("int8").bind("n", 300).unwrap(), "$n is of type int8, its value of type int32").await;
    refused(of("uint8").bind("n", -1).unwrap(), "type uint8").await;
    refused(of("float32").bind("n", 0.1).unwrap(), "type float32").await;
    refused(of("float64").bind("n", i64::MAX).unwrap(), "type float64").await;
    refused(of("int64").bind("n", 1.0).unwrap(), "type float64").await;
    refused(of("int64").bind("n", "7").unwrap(), "type string").await;
    refused(of("date").bind("n", 7).unwrap(), "type date").await;
}

#[test]
fn batches_must_have_the_schema_that_is_said() {
    let batch = RecordBatch::try_from_iter([("x", Arc::new(Int64Array::from(vec![1])) as _)]).unwrap();
    let other = Arc::new(Schema::new(vec![Field::new("y", DataType::Int64, true)]));
    refused(Session::detached().from_batches(other, [batch]), Code::InvalidArgument, "a batch has the schema");
    let union = DataType::Union(arrow_schema::UnionFields::empty(), arrow_schema::UnionMode::Dense);
    let union = Arc::new(Schema::new(vec![Field::new("y", union, true)]));
    refused(Session::detached().from_batches(union, []), Code::Unsupported, "Union");
}

#[test]
fn a_wrong_address_says_what_a_right_one_is() {
    let says = |text: &str| -> String { text.parse::<Address>().unwrap_err().message().to_owned() };
    assert!(says("localhost:50051").contains("write grpc://localhost:50051"));
    assert!(says("http://localhost").contains("not http"));
    assert!(says("grpc://").contains("grpc://host:50051"));
    assert!(says("grpc://host:port").contains("grpc://host:50051"));
    assert!(says("grpc://host/path").contains("nothing stands after the port"));
    let error = says("grpc://me:secret@host");
    assert!(!error.contains("secret"), "{error}");
    assert_eq!("grpc://[::1]".parse::<Address>().unwrap().to_string(), "grpc://[::1]:50051");
}

#[tokio::test]
async fn certificates_without_tls_are_refused() {
    let error: Error = Connect::to("grpc://localhost").ca_certificate("x").connect().await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(error.message().contains("grpc+tls://"), "{error}");
}
