//! Every case of the corpus, embedded and over Flight.

use std::sync::Arc;

use polybolos_integration_tests::compare::{Rules, difference};
use polybolos_integration_tests::corpus::{Case, Expected, Outcome, cases};
use polybolos_integration_tests::doors::{self, Server};
use polybolos_protocol::Error;
use polybolos_protocol::transport::{Engine, Transport};

#[tokio::test(flavor = "multi_thread")]
async fn every_case_holds_in_this_process() {
    let scratch = tempfile::tempdir().expect("a folder");
    let engine = doors::engine(scratch.path());
    let mut report = Report::default();
    for case in cases() {
        let session = engine.open_session("corpus", Vec::new()).await.expect("a session");
        report.add(&case, run(&case, &session, scratch.path().join(folder_of(&case))).await);
    }
    report.conclude("embedded");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_holds_over_flight() {
    let scratch = tempfile::tempdir().expect("a folder");
    let server = Server::start(doors::engine(scratch.path())).await;
    let mut report = Report::default();
    for case in cases() {
        let session = server.session().await;
        report.add(&case, run(&case, session.transport(), scratch.path().join(folder_of(&case))).await);
        session.close().await.expect("a session closes");
    }
    report.conclude("over Flight");
}

fn folder_of(case: &Case) -> String {
    case.name.replace('/', "-")
}

async fn run(case: &Case, session: &Arc<dyn Transport>, scratch: std::path::PathBuf) -> Outcome {
    std::fs::create_dir_all(&scratch).expect("a folder");
    case.run(session, &scratch.to_string_lossy()).await
}

/// The cases that do not hold, and why.
#[derive(Default)]
struct Report {
    held: usize,
    broken: Vec<String>,
}

impl Report {
    fn add(&mut self, case: &Case, outcome: Outcome) {
        match verdict(case, outcome) {
            None => self.held += 1,
            Some(why) => self.broken.push(format!("{} ({})\n  {}", case.name, case.about, why.replace('\n', "\n  "))),
        }
    }

    fn conclude(self, door: &str) {
        println!("corpus {door}: {} cases held, {} did not", self.held, self.broken.len());
        assert!(self.broken.is_empty(), "{door}: {} cases do not hold\n{}", self.broken.len(), self.broken.join("\n"));
    }
}

fn verdict(case: &Case, outcome: Outcome) -> Option<String> {
    match (&case.error, outcome) {
        (Some(expected), Err(error)) => wrong_error(expected, &error),
        (Some(expected), Ok((_, batches))) => {
            Some(format!("expected {}, got {} rows", expected.code, batches.iter().map(arrow::array::RecordBatch::num_rows).sum::<usize>()))
        }
        (None, Err(error)) => Some(format!("expected a result, got {error}")),
        (None, Ok(actual)) => {
            let rules = Rules { ordered: case.ordered, float_tolerance: case.float_tolerance };
            difference(&case.expected(), &actual, rules)
        }
    }
}

fn wrong_error(expected: &Expected, error: &Error) -> Option<String> {
    let place = error.location();
    let relation = place.map_or(0, |place| place.relation);
    let path = place.map_or("", |place| place.path.as_str());
    let candidates = error.candidates();
    let right = error.code().name() == expected.code
        && expected.relation.is_none_or(|wanted| wanted == relation)
        && expected.path.as_deref().is_none_or(|wanted| wanted == path)
        && expected.candidates.iter().all(|wanted| candidates.contains(&wanted.as_str()));
    (!right).then(|| format!("expected {expected:?}\ngot {error} (relation {relation}, path {path:?}, candidates {candidates:?})"))
}
