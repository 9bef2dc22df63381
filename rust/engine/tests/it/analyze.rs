//! What a plan means, without its rows.

use arrow_ipc::convert::try_schema_from_ipc_buffer;
use polybolos_protocol::Code;
use polybolos_protocol::transport::{AnalyzeRequest, Engine};
use polybolos_protocol::wire::flight::AnalyzeWhat;

use crate::harness::{Bench, parquet, read_plan, sql_command, sql_plan, start};

fn ask(plan: polybolos_protocol::CheckedPlan, what: &[AnalyzeWhat]) -> AnalyzeRequest {
    AnalyzeRequest { plan, parameters: vec![], what: what.to_vec(), operation_id: String::new() }
}

#[tokio::test]
async fn the_schema_is_that_of_the_result() {
    let bench = Bench::new();
    bench.run("copy (select 1 as n, 'a' as s, 1.5 as f, [1, 2] as l) to 'x.parquet' stored as parquet").await.unwrap();
    let answer = bench.session.analyze(ask(read_plan("x.parquet", parquet()), &[AnalyzeWhat::Schema])).await.unwrap();
    let told = try_schema_from_ipc_buffer(&answer.arrow_schema).unwrap();
    let stream = start(&bench.session, read_plan("x.parquet", parquet())).await.unwrap();
    assert_eq!(&told, stream.schema().as_ref());
}

#[tokio::test]
async fn plans_are_told_as_text_and_paths_by_root() {
    let bench = Bench::new();
    bench.file("secret-folder/x.csv", "a\n1\n");
    let all = [AnalyzeWhat::ExplainLogical, AnalyzeWhat::ExplainPhysical, AnalyzeWhat::ExplainAnalyze];
    let answer = bench.session.analyze(ask(sql_plan("select sum(a) as s from 'secret-folder/x.csv' where a > 0"), &all)).await.unwrap();
    let told: Vec<(&str, &str)> = answer.explain.iter().map(|told| (told.kind.as_str(), told.format.as_str())).collect();
    let each = |kind| [(kind, "text"), (kind, "json")];
    assert_eq!(told, [each("logical"), each("physical"), each("analyze")].concat());
    let texts: Vec<&str> = answer.explain.iter().step_by(2).map(|told| told.text.as_str()).collect();
    assert!(texts[0].contains("Aggregate"), "{}", texts[0]);
    assert!(texts[1].contains("data/secret-folder/x.csv"), "{}", texts[1]);
    assert!(texts[2].contains("output_rows=1"), "{}", texts[2]);
    for told in &answer.explain {
        assert!(!told.text.contains(bench.path().to_str().unwrap()), "{}", told.text);
    }
    assert_eq!(answer.nodes[0].rows_out, 1);
}

#[tokio::test]
async fn a_fingerprint_is_equal_for_equal_plans() {
    let bench = Bench::new();
    let fingerprint = |text: &'static str| bench.session.analyze(ask(sql_plan(text), &[AnalyzeWhat::Fingerprint]));
    assert_eq!(fingerprint("select 1").await.unwrap().fingerprint, fingerprint("select 1").await.unwrap().fingerprint);
    assert_ne!(fingerprint("select 1").await.unwrap().fingerprint, fingerprint("select 2").await.unwrap().fingerprint);
}

#[tokio::test]
async fn the_features_of_a_plan_are_among_those_of_the_engine() {
    let bench = Bench::new();
    let answer = bench.session.analyze(ask(read_plan("x.parquet", parquet()), &[AnalyzeWhat::Requirements])).await.unwrap();
    assert!(answer.requirements.contains(&"rel.read_files.parquet".to_owned()), "{:?}", answer.requirements);
    let features = bench.engine.capabilities().features;
    for feature in answer.requirements {
        assert!(features.contains(&feature), "{feature}");
    }
}

#[tokio::test]
async fn a_command_is_explained_but_not_run() {
    let bench = Bench::new();
    let answer = bench.session.analyze(ask(sql_command("create table t as select 1 as a"), &[AnalyzeWhat::Schema])).await.unwrap();
    assert_eq!(try_schema_from_ipc_buffer(&answer.arrow_schema).unwrap().fields().len(), 4);
    let error =
        bench.session.analyze(ask(sql_command("create table t as select 1 as a"), &[AnalyzeWhat::ExplainAnalyze])).await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert_eq!(bench.sql_error("select a from t").await.code(), Code::TableNotFound);
}

#[tokio::test]
async fn capabilities_tell_functions_features_and_limits() {
    let capabilities = Bench::new().engine.capabilities();
    assert!(capabilities.features.contains(&"rel.join.left_semi".to_owned()));
    assert!(!capabilities.features.iter().any(|feature| feature.starts_with("rel.as_of_join")));
    assert!(capabilities.functions.len() > 200);
    assert!(!capabilities.etag.is_empty());
}
