//! Plans for programs: the JSON form of EXPLAIN.

use polybolos_protocol::CheckedPlan;
use polybolos_protocol::transport::AnalyzeRequest;
use polybolos_protocol::wire::flight::AnalyzeWhat;
use polybolos_protocol::wire::plan as pb;
use serde_json::Value;

use crate::harness::{Bench, identifier, sql_into, sql_plan};
use crate::plans::{Plan, col, gt, int};

const QUERY: &str = "select a, count(*) as n from 'x.csv' where a > 1 group by a";

/// A bench with three rows, two of which the query takes, in two groups.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.file("x.csv", "a\n1\n2\n3\n");
    bench
}

async fn json(bench: &Bench, plan: CheckedPlan, what: AnalyzeWhat) -> String {
    let request = AnalyzeRequest { plan, parameters: vec![], what: vec![what], operation_id: String::new() };
    let told = bench.session.analyze(request).await.unwrap().explain;
    told.into_iter().find(|told| told.format == "json").unwrap().text
}

async fn tree(bench: &Bench, plan: CheckedPlan, what: AnalyzeWhat) -> Value {
    serde_json::from_str(&json(bench, plan, what).await).unwrap()
}

/// The first node of this name, from the root on.
fn find<'a>(tree: &'a Value, name: &str) -> &'a Value {
    let mut waiting = vec![tree];
    while let Some(node) = waiting.pop() {
        if node["name"] == name {
            return node;
        }
        waiting.extend(node["children"].as_array().unwrap().iter().rev());
    }
    panic!("no {name} in {tree:#}");
}

#[tokio::test]
async fn the_operators_that_would_run_are_a_tree_without_measurements() {
    let tree = tree(&bench(), sql_plan(QUERY), AnalyzeWhat::ExplainPhysical).await;
    let aggregate = find(&tree, "AggregateExec");
    assert!(aggregate["details"].as_str().unwrap().starts_with("mode="), "{aggregate:#}");
    let filter = find(aggregate, "FilterExec");
    assert_eq!(filter["details"], "a@0 > 1");
    let scan = find(filter, "DataSourceExec");
    assert!(scan["details"].as_str().unwrap().contains("data/x.csv"), "{scan:#}");
    assert_eq!(scan["children"], Value::Array(vec![]));
    for node in [aggregate, filter, scan] {
        assert_eq!(node.as_object().unwrap().len(), 3, "{node:#}");
    }
}

#[tokio::test]
async fn the_operators_that_ran_tell_their_rows_and_times() {
    let tree = tree(&bench(), sql_plan(QUERY), AnalyzeWhat::ExplainAnalyze).await;
    let (aggregate, filter) = (find(&tree, "AggregateExec"), find(&tree, "FilterExec"));
    assert_eq!((&aggregate["rows"], &filter["rows"]), (&Value::from(2), &Value::from(2)));
    assert_eq!(find(&tree, "DataSourceExec")["rows"], 3);
    assert_eq!(aggregate["spilled_bytes"], 0);
    assert!(aggregate["time_ns"].as_u64().unwrap() > 0, "{aggregate:#}");
}

#[tokio::test]
async fn the_logical_plan_is_a_tree_with_its_joins_by_name() {
    let text = format!("select q.n from ({QUERY}) q left join 'x.csv' y on q.a = y.a");
    let tree = tree(&bench(), sql_plan(&text), AnalyzeWhat::ExplainLogical).await;
    let join = find(&tree, "Left Join");
    assert_eq!(join["details"], "q.a = y.a");
    assert_eq!(join["children"].as_array().unwrap().len(), 2);
    let aggregate = find(join, "Aggregate");
    assert!(aggregate["details"].as_str().unwrap().starts_with("groupBy="), "{aggregate:#}");
}

#[tokio::test]
async fn a_command_is_the_root_above_the_query_that_it_uses() {
    let view = pb::CreateView { name: identifier("v"), temporary: true, if_exists: pb::IfExists::Error as i32 };
    let plan = sql_into(QUERY, pb::command::Kind::CreateView(view));
    for (what, below) in [(AnalyzeWhat::ExplainLogical, "Aggregate"), (AnalyzeWhat::ExplainPhysical, "AggregateExec")] {
        let tree = tree(&bench(), plan.clone(), what).await;
        assert_eq!((&tree["name"], &tree["details"]), (&Value::from("create_view"), &Value::from("")));
        assert_eq!(tree["children"].as_array().unwrap().len(), 1);
        find(&tree, below);
    }
}

#[tokio::test]
async fn a_plan_of_very_many_nodes_is_cut_where_it_is_too_large() {
    let union = |branches: i32| (0..branches).map(|i| format!("select {i} + random() as x")).collect::<Vec<_>>().join(" union all ");
    let whole = json(&Bench::new(), sql_plan(&union(40)), AnalyzeWhat::ExplainPhysical).await;
    assert!(!whole.contains('…'), "{whole}");
    let mut plan = Plan::default();
    let letters = plan.letters();
    let branches: Vec<u32> = (0..3_000).map(|i| plan.filter(letters, gt(col("n"), int(i)))).collect();
    let all = plan.set_op(&branches, pb::SetOpKind::UnionAll, pb::SetOpColumns::ByPosition);
    let cut = json(&Bench::new(), plan.root(all).unwrap(), AnalyzeWhat::ExplainLogical).await;
    let tree: Value = serde_json::from_str(&cut).unwrap();
    assert!(cut.matches("\"name\"").count() < 5_010, "{}", cut.len());
    assert_eq!(find(&tree, "Union")["children"].as_array().unwrap().last().unwrap()["name"], "…");
}

#[tokio::test]
async fn a_very_deep_plan_is_cut_where_it_is_nested_too_deep() {
    let mut plan = Plan::default();
    let mut at = plan.letters();
    for i in 0..1_000 {
        at = plan.sort(at, &[if i % 2 == 0 { "n" } else { "s" }]);
        at = plan.limit(at, 5_000 - i);
    }
    for what in [AnalyzeWhat::ExplainLogical, AnalyzeWhat::ExplainPhysical] {
        let text = json(&Bench::new(), plan.root(at).unwrap(), what).await;
        assert_eq!(text.matches("{\"name\"").count(), 301);
        assert!(text.contains("{\"name\":\"…\",\"details\":\"\",\"children\":[]}"), "{text}");
        assert!(text.ends_with(&"]}".repeat(301)));
    }
}
