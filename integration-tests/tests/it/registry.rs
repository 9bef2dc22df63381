//! Every example of the function registry gives the promised value.

use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use futures::TryStreamExt;
use polybolos_integration_tests::doors;
use polybolos_integration_tests::examples::{Example, examples};
use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::transport::{Engine, ExecuteRequest, Transport};
use polybolos_protocol::{CheckedPlan, Error};

#[tokio::test(flavor = "multi_thread")]
async fn every_example_gives_what_the_registry_promises() {
    let scratch = tempfile::tempdir().expect("a folder");
    let session = doors::engine(scratch.path()).open_session("registry", Vec::new()).await.expect("a session");
    let examples = examples();
    let mut broken = Vec::new();
    for example in &examples {
        if let Some(why) = verdict(example, run(example, &session).await) {
            broken.push(format!("{}: {why}", example.name));
        }
    }
    println!("registry: {} examples, {} broken", examples.len(), broken.len());
    assert!(examples.len() >= 500, "only {} examples", examples.len());
    assert!(broken.is_empty(), "{} of {} examples do not hold\n{}", broken.len(), examples.len(), broken.join("\n"));
}

async fn run(example: &Example, session: &Arc<dyn Transport>) -> Result<Vec<RecordBatch>, Error> {
    let plan = CheckedPlan::check(example.plan.clone(), &PlanLimits::default())?;
    let operation_id = uuid::Uuid::new_v4().to_string();
    let request = ExecuteRequest { plan, parameters: Vec::new(), operation_id, options: Default::default(), tags: Vec::new() };
    session.execute(request).await?.try_collect().await
}

fn verdict(example: &Example, outcome: Result<Vec<RecordBatch>, Error>) -> Option<String> {
    match (&example.error, outcome) {
        (Some(code), Err(error)) if error.code().name() == code => None,
        (Some(code), outcome) => Some(format!("expected {code}, got {:?}", outcome.err().map(|error| error.to_string()))),
        (None, Err(error)) => Some(error.to_string()),
        (None, Ok(batches)) => batches.iter().find_map(|batch| unlike(example, batch)),
    }
}

/// The first row whose actual value is not the expected one. Where only a type is promised, any value will do.
fn unlike(example: &Example, batch: &RecordBatch) -> Option<String> {
    let (actual, expected) = (batch.column_by_name("actual")?, batch.column_by_name("expected")?);
    if example.any_value {
        return (0..batch.num_rows()).find(|&row| actual.is_null(row)).map(|_| "expected a value, got null".to_owned());
    }
    // Two instants are compared in one zone.
    let zoned = |column: &arrow::array::ArrayRef| matches!(column.data_type(), arrow::datatypes::DataType::Timestamp(_, Some(_)));
    let recast = (zoned(actual) && zoned(expected))
        .then(|| arrow::compute::cast(actual, expected.data_type()).expect("one instant in another zone"));
    let actual = recast.as_ref().unwrap_or(actual);
    let options = FormatOptions::default().with_null("∅");
    let (left, right) = (ArrayFormatter::try_new(actual, &options).ok()?, ArrayFormatter::try_new(expected, &options).ok()?);
    (0..batch.num_rows()).find_map(|row| {
        let (left, right) = (left.value(row).to_string(), right.value(row).to_string());
        (!same(&left, &right)).then(|| format!("expected {right}, got {left} ({} beside {})", actual.data_type(), expected.data_type()))
    })
}

fn same(a: &str, b: &str) -> bool {
    a == b || matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(a), Ok(b)) if a == b || (a - b).abs() <= 1e-12 * a.abs().max(b.abs()))
}
