//! The DataFrame programs build the plans of their cases.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use arrow_ipc::writer::StreamWriter;
use polybolos_client::Session;
use polybolos_integration_tests::corpus::{self, Case};
use polybolos_integration_tests::doors;
use polybolos_integration_tests::normal::{normal_form, renumbered};
use polybolos_integration_tests::programs::{self, Program};
use polybolos_protocol::text;
use polybolos_protocol::transport::Engine;

#[test]
fn every_program_builds_the_plan_of_its_case() {
    let session = Session::detached();
    let cases = corpus::cases();
    let mut broken = Vec::new();
    for program in programs::all() {
        let Some(case) = cases.iter().find(|case| case.name == program.name) else {
            broken.push(format!("{}: there is no such case; 'make corpus' writes it", program.name));
            continue;
        };
        if let Some(why) = differs(&session, &program, case) {
            broken.push(format!("{}: {why}", program.name));
        }
    }
    assert!(broken.is_empty(), "{} programs differ from their cases\n{}", broken.len(), broken.join("\n"));
}

fn differs(session: &Session, program: &Program, case: &Case) -> Option<String> {
    let frame = match (program.build)(session) {
        Ok(frame) => frame,
        Err(error) => return Some(error.to_string()),
    };
    let built = frame.plan().expect("a valid plan");
    let wanted = case.plan("").expect("a readable plan");
    let (built, wanted) = (normal_form(built.plan()), normal_form(&wanted));
    (built != wanted).then(|| format!("\n  built  {built}\n  wanted {wanted}"))
}

#[test]
fn every_case_that_states_a_program_has_one() {
    let names: BTreeSet<&str> = programs::all().iter().map(|program| program.name).collect();
    let missing: Vec<String> =
        corpus::cases().into_iter().filter(|case| case.program && !names.contains(case.name.as_str())).map(|case| case.name).collect();
    assert!(missing.is_empty(), "no program for {missing:?}");
}

/// Writes cases for the programs that have none, and expected results where there is none yet: `UPDATE_CORPUS=1`. The oracle test has to
/// confirm what this writes.
#[tokio::test(flavor = "multi_thread")]
async fn new_cases_are_written_when_asked() {
    if std::env::var_os("UPDATE_CORPUS").is_none() {
        return;
    }
    let root = corpus::folder().join("cases");
    for program in programs::all() {
        let path = root.join(format!("{}.toml", program.name));
        if !path.exists() {
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            match (program.build)(&Session::detached()).and_then(|frame| frame.plan()) {
                Ok(plan) => fs::write(&path, case_text(&program, &text::to_text(&renumbered(plan.plan())))).expect("a file"),
                Err(error) => println!("{}: {error}", program.name),
            }
        }
    }
    write_missing_results().await;
}

fn case_text(program: &Program, plan: &str) -> String {
    let mut text = format!("about = {:?}\nprogram = true\n", program.about);
    if program.ordered {
        text.push_str("ordered = true\n");
    }
    let (key, value) = program.oracle.strip_prefix("no:").map_or(("oracle", program.oracle), |why| ("no_oracle", why));
    write!(text, "{key} = '''{value}'''\nplan = '''\n{}\n'''\n", plan.trim()).expect("text");
    text
}

async fn write_missing_results() {
    let scratch = tempfile::tempdir().expect("a folder");
    let engine = doors::engine(scratch.path());
    for case in corpus::cases().iter().filter(|case| case.error.is_none() && !case.expected_path().exists()) {
        let session = engine.open_session("corpus", Vec::new()).await.expect("a session");
        match case.run(&session, &scratch.path().to_string_lossy()).await {
            Ok((schema, batches)) => {
                let file = fs::File::create(case.expected_path()).expect("a file");
                let mut writer = StreamWriter::try_new(file, &schema).expect("a stream");
                batches.iter().for_each(|batch| writer.write(batch).expect("a batch"));
                writer.finish().expect("the end");
            }
            Err(error) => println!("{}: {error}", case.name),
        }
    }
}
