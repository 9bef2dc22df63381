//! Relations: what each gives, and what it refuses.

use polybolos_protocol::Code;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::expression::Kind as E;
use polybolos_protocol::wire::plan::relation::Kind as R;

use crate::plans::*;

fn numbers(plan: &mut Plan, values: &[Option<i64>]) -> u32 {
    let rows = values.iter().map(|value| vec![value.map_or_else(|| null(int64()), int)]).collect();
    plan.table(&[("n", int64())], rows)
}

fn sales(plan: &mut Plan) -> u32 {
    let row = |region: &str, year: i64, amount: i64| vec![text(region), int(year), int(amount)];
    plan.table(
        &[("region", string()), ("year", int64()), ("amount", int64())],
        vec![row("east", 2024, 1), row("east", 2025, 2), row("west", 2024, 10), row("east", 2025, 5)],
    )
}

#[tokio::test]
async fn an_aggregate_gives_keys_and_measures_over_aggregates() {
    let mut plan = Plan::default();
    let sales = sales(&mut plan);
    let share = call("core.divide", [agg("std.sum", [col("amount")]), agg("std.count", [])]);
    let grouped = plan.aggregate(
        sales,
        vec![named("region", col("region")), named("y", add(col("year"), int(1)))],
        vec![named("total", agg("std.sum", [col("amount")])), named("mean", share), named("next", add(add(col("year"), int(1)), int(1)))],
    );
    assert_eq!(plan.set(grouped).await.unwrap(), "region,y,total,mean,next\neast,2025,1,1,2026\neast,2026,7,3,2027\nwest,2025,10,10,2026");
}

#[tokio::test]
async fn a_column_that_is_neither_key_nor_aggregated_is_refused() {
    let mut plan = Plan::default();
    let sales = sales(&mut plan);
    let grouped = plan.aggregate(sales, vec![named("region", col("region"))], vec![named("x", add(col("year"), int(1)))]);
    let error = plan.error(grouped).await;
    assert_eq!(told(&error), "INVALID_EXPRESSION at 2:aggregate.measures[0].expr");
    assert!(error.message().contains("'year'"), "{error}");
}

#[tokio::test]
async fn an_aggregate_in_a_filter_is_refused() {
    let mut plan = Plan::default();
    let sales = sales(&mut plan);
    let some = plan.filter(sales, gt(agg("std.sum", [col("amount")]), int(1)));
    assert_eq!(told(&plan.error(some).await), "INVALID_EXPRESSION at 2:filter.predicate.call.args[0].aggregate");
}

#[tokio::test]
async fn distinct_filters_and_orders_of_aggregates_hold() {
    let mut plan = Plan::default();
    let sales = sales(&mut plan);
    let distinct = pb::AggregateCall { distinct: true, ..agg_call("std.count", [col("region")]) };
    let filtered = pb::AggregateCall { filter: Some(Box::new(eq(col("region"), text("east")))), ..agg_call("std.sum", [col("amount")]) };
    let listed = pb::AggregateCall { order_by: vec![desc(col("amount"))], ..agg_call("std.array_agg", [col("amount")]) };
    let grouped = plan.aggregate(
        sales,
        vec![],
        vec![
            named("d", e(E::Aggregate(Box::new(distinct)))),
            named("f", e(E::Aggregate(Box::new(filtered)))),
            named("l", e(E::Aggregate(Box::new(listed)))),
        ],
    );
    assert_eq!(plan.rows(grouped).await.unwrap(), "d,f,l\n2,8,[10, 5, 2, 1]");
}

#[tokio::test]
async fn rollup_cube_and_sets_group_by_sets_of_keys() {
    let mut plan = Plan::default();
    let sales = sales(&mut plan);
    let keys = || vec![named("region", col("region")), named("y", add(col("year"), int(0)))];
    let measures = || vec![named("total", agg("std.sum", [col("amount")])), named("g", agg("std.grouping", [col("region")]))];
    let mut group = |mode: pb::GroupingMode, sets: Vec<pb::GroupingSet>| {
        plan.add(&[sales], R::Aggregate(pb::Aggregate { keys: keys(), measures: measures(), mode: mode as i32, sets }))
    };
    let rollup = group(pb::GroupingMode::Rollup, vec![]);
    let cube = group(pb::GroupingMode::Cube, vec![]);
    let sets = group(pb::GroupingMode::Sets, vec![pb::GroupingSet { keys: vec![1] }, pb::GroupingSet { keys: vec![0] }]);
    let all = "region,y,total,g\neast,2024,1,0\neast,2025,7,0\neast,null,8,0\nnull,null,18,1\nwest,2024,10,0\nwest,null,10,0";
    assert_eq!(plan.set(rollup).await.unwrap(), all);
    assert_eq!(plan.set(cube).await.unwrap().lines().count(), 9);
    assert_eq!(plan.set(sets).await.unwrap(), "region,y,total,g\neast,null,8,0\nnull,2024,11,1\nnull,2025,7,1\nwest,null,10,0");
}

#[tokio::test]
async fn joins_keep_the_rows_that_their_kind_says() {
    let mut plan = Plan::default();
    let left = plan.letters();
    let right = plan
        .table(&[("k", int64()), ("t", string())], vec![vec![int(2), text("x")], vec![int(4), text("y")], vec![null(int64()), text("z")]]);
    let mut join = |kind| plan.join(left, right, kind, eq(col("n"), col("k")));
    let (inner, outer, full) = (join(pb::JoinKind::Inner), join(pb::JoinKind::Left), join(pb::JoinKind::Full));
    let (semi, anti) = (join(pb::JoinKind::LeftSemi), join(pb::JoinKind::LeftAnti));
    let cross = plan.add(&[left, right], R::Join(pb::Join { kind: pb::JoinKind::Cross as i32, ..Default::default() }));
    assert_eq!(plan.set(inner).await.unwrap(), "n,s,k,t\n2,b,2,x");
    assert_eq!(plan.set(outer).await.unwrap(), "n,s,k,t\n1,a,null,null\n2,b,2,x\n3,null,null,null");
    assert_eq!(plan.set(full).await.unwrap(), "n,s,k,t\n1,a,null,null\n2,b,2,x\n3,null,null,null\nnull,null,4,y\nnull,null,null,z");
    assert_eq!(plan.set(semi).await.unwrap(), "n,s\n2,b");
    assert_eq!(plan.set(anti).await.unwrap(), "n,s\n1,a\n3,null");
    assert_eq!(plan.set(cross).await.unwrap().lines().count(), 10);
}

#[tokio::test]
async fn a_join_of_a_frame_with_itself_as_both_inputs_gives_all_pairs() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let cross = plan.add(&[letters, letters], R::Join(pb::Join { kind: pb::JoinKind::Cross as i32, ..Default::default() }));
    assert_eq!(plan.set(cross).await.unwrap().lines().count(), 10);
    let using = plan.using(letters, letters, pb::JoinKind::Inner, &["n"]);
    assert_eq!(plan.set(using).await.unwrap(), "n,s,s\n1,a,a\n2,b,b\n3,null,null");
}

#[tokio::test]
async fn set_operations_count_equal_rows() {
    let mut plan = Plan::default();
    let left = numbers(&mut plan, &[Some(1), Some(1), Some(2), None, None]);
    let right = numbers(&mut plan, &[Some(1), None, Some(3)]);
    let mut op = |kind| plan.set_op(&[left, right], kind, pb::SetOpColumns::ByPosition);
    let union_all = op(pb::SetOpKind::UnionAll);
    let union = op(pb::SetOpKind::Union);
    let intersect_all = op(pb::SetOpKind::IntersectAll);
    let intersect = op(pb::SetOpKind::Intersect);
    let except_all = op(pb::SetOpKind::ExceptAll);
    let except = op(pb::SetOpKind::Except);
    assert_eq!(plan.set(union_all).await.unwrap(), "n\n1\n1\n1\n2\n3\nnull\nnull\nnull");
    assert_eq!(plan.set(union).await.unwrap(), "n\n1\n2\n3\nnull");
    assert_eq!(plan.set(intersect_all).await.unwrap(), "n\n1\nnull");
    assert_eq!(plan.set(intersect).await.unwrap(), "n\n1\nnull");
    assert_eq!(plan.set(except_all).await.unwrap(), "n\n1\n2\nnull");
    assert_eq!(plan.set(except).await.unwrap(), "n\n2");
}

#[tokio::test]
async fn unions_by_name_reorder_and_fill() {
    let mut plan = Plan::default();
    let left = plan.table(&[("a", int64()), ("b", string())], vec![vec![int(1), text("x")]]);
    let right = plan.table(&[("b", string()), ("a", float64())], vec![vec![text("y"), float(2.5)]]);
    let other = plan.table(&[("c", boolean())], vec![vec![truth(true)]]);
    let by_name = plan.set_op(&[left, right], pb::SetOpKind::UnionAll, pb::SetOpColumns::ByName);
    let filled = plan.set_op(&[left, right, other], pb::SetOpKind::UnionAll, pb::SetOpColumns::ByNameFillMissing);
    assert_eq!(plan.set(by_name).await.unwrap(), "a,b\n1.0,x\n2.5,y");
    assert_eq!(plan.set(filled).await.unwrap(), "a,b,c\n1.0,x,null\n2.5,y,null\nnull,null,true");
    let by_position = plan.set_op(&[left, right], pb::SetOpKind::UnionAll, pb::SetOpColumns::ByPosition);
    assert_eq!(told(&plan.error(by_position).await), "TYPE_MISMATCH at 6:set_op");
}

#[tokio::test]
async fn distinct_keeps_the_first_in_an_order() {
    let mut plan = Plan::default();
    let sales = sales(&mut plan);
    let on = |name: &str| pb::ColumnRef { name: name.to_owned(), ..Default::default() };
    let kept = plan.add(&[sales], R::Distinct(pb::Distinct { on: vec![on("region")], keep: vec![desc(col("amount"))] }));
    assert_eq!(plan.set(kept).await.unwrap(), "region,year,amount\neast,2025,5\nwest,2024,10");
    let region = plan.select(sales, vec![named("", col("region"))]);
    let all = plan.add(&[region], R::Distinct(pb::Distinct::default()));
    assert_eq!(plan.set(all).await.unwrap(), "region\neast\nwest");
}

#[tokio::test]
async fn limits_skip_count_and_keep_ties() {
    let mut plan = Plan::default();
    let rows = numbers(&mut plan, &[Some(3), Some(1), Some(2), Some(2), None]);
    let sorted = plan.sort(rows, &["n"]);
    let page = plan.add(&[sorted], R::Limit(pb::Limit { count: Some(2), offset: 1, with_ties: false }));
    let rest = plan.add(&[sorted], R::Limit(pb::Limit { count: None, offset: 3, with_ties: false }));
    let ties = plan.add(&[sorted], R::Limit(pb::Limit { count: Some(2), offset: 0, with_ties: true }));
    assert_eq!(plan.rows(page).await.unwrap(), "n\n2\n2");
    assert_eq!(plan.rows(rest).await.unwrap(), "n\n3\nnull");
    assert_eq!(plan.rows(ties).await.unwrap(), "n\n1\n2\n2");
}

#[tokio::test]
async fn an_unnest_gives_a_row_per_item() {
    let mut plan = Plan::default();
    let lists = plan.table(
        &[("k", int64()), ("l", list(int64()))],
        vec![vec![int(1), ints(&[10, 20])], vec![int(2), ints(&[])], vec![int(3), null(list(int64()))]],
    );
    let inner = plan.add(
        &[lists],
        R::Unnest(pb::Unnest { value: Some(col("l")), as_column: "item".to_owned(), ordinality: "at".to_owned(), ..Default::default() }),
    );
    let outer = plan.add(&[lists], R::Unnest(pb::Unnest { value: Some(col("l")), outer: true, ..Default::default() }));
    assert_eq!(plan.rows(inner).await.unwrap(), "k,l,item,at\n1,[10, 20],10,1\n1,[10, 20],20,2");
    assert_eq!(plan.rows(outer).await.unwrap(), "k,l\n1,10\n1,20\n2,null\n3,null");
}

#[tokio::test]
async fn an_unnest_of_a_map_gives_its_fields() {
    let mut plan = Plan::default();
    let one = plan.table(&[("k", int64())], vec![vec![int(1)]]);
    let map = call("std.create_map", [text("a"), int(1), text("b"), int(2)]);
    let fields = plan.add(&[one], R::Unnest(pb::Unnest { value: Some(map), into_fields: true, ..Default::default() }));
    assert_eq!(plan.rows(fields).await.unwrap(), "k,key,value\n1,a,1\n1,b,2");
}

#[tokio::test]
async fn a_pivot_takes_given_values_or_finds_them() {
    let mut plan = Plan::default();
    let sales = sales(&mut plan);
    let year = |value: i64| match int(value).kind {
        Some(E::Literal(literal)) => literal,
        _ => unreachable!(),
    };
    let total = named("total", agg("std.sum", [col("amount")]));
    let pivot = |values: Vec<pb::Literal>, measures: Vec<pb::NamedExpr>| {
        R::Pivot(pb::Pivot { keys: vec![named("region", col("region"))], column: Some(col("year")), values, measures })
    };
    let given = plan.add(&[sales], pivot(vec![year(2025), year(2024)], vec![total.clone()]));
    let found = plan.add(&[sales], pivot(vec![], vec![total, named("n", agg("std.count", []))]));
    assert_eq!(plan.set(given).await.unwrap(), "region,2025,2024\neast,7,1\nwest,null,10");
    assert_eq!(plan.set(found).await.unwrap(), "region,2024_total,2024_n,2025_total,2025_n\neast,1,1,7,2\nwest,10,1,null,0");
}

#[tokio::test]
async fn an_unpivot_gives_a_row_per_column() {
    let mut plan = Plan::default();
    let wide = plan.table(
        &[("k", int64()), ("a", int64()), ("b", float64())],
        vec![vec![int(1), int(10), null(float64())], vec![int(2), int(20), float(2.5)]],
    );
    let long = |keep_nulls| {
        R::Unpivot(pb::Unpivot {
            ids: vec![col("k")],
            name_column: "name".to_owned(),
            value_column: "value".to_owned(),
            keep_nulls,
            ..Default::default()
        })
    };
    let some = plan.add(&[wide], long(false));
    let all = plan.add(&[wide], long(true));
    assert_eq!(plan.rows(some).await.unwrap(), "k,name,value\n1,a,10.0\n2,a,20.0\n2,b,2.5");
    assert_eq!(plan.rows(all).await.unwrap(), "k,name,value\n1,a,10.0\n1,b,null\n2,a,20.0\n2,b,2.5");
}

#[tokio::test]
async fn nulls_are_filled_dropped_and_values_replaced() {
    let mut plan = Plan::default();
    let rows = plan.table(
        &[("n", int64()), ("f", float64()), ("s", string())],
        vec![vec![int(1), float(f64::NAN), text("a")], vec![null(int64()), float(2.0), null(string())]],
    );
    let value = |expr: pb::Expression| match expr.kind {
        Some(E::Literal(literal)) => Some(literal),
        _ => unreachable!(),
    };
    let fill = |column: &str, expr| pb::FillNull { column: column.to_owned(), value: value(expr) };
    let filled = plan.add(&[rows], R::FillNulls(pb::FillNulls { fills: vec![fill("", int(0)), fill("s", text("-"))], nan_too: true }));
    let dropped = plan.add(&[rows], R::DropNulls(pb::DropNulls { columns: vec![], min_non_null: None, nan_too: false }));
    let some = plan.add(&[rows], R::DropNulls(pb::DropNulls { columns: vec![], min_non_null: Some(2), nan_too: true }));
    let pair = pb::replace_values::Replacement { old_value: value(text("a")), new_value: value(text("z")) };
    let replaced = plan.add(&[rows], R::Replace(pb::ReplaceValues { columns: vec![], pairs: vec![pair] }));
    assert_eq!(plan.rows(filled).await.unwrap(), "n,f,s\n1,0.0,a\n0,2.0,-");
    assert_eq!(plan.rows(dropped).await.unwrap(), "n,f,s\n1,NaN,a");
    assert_eq!(plan.rows(some).await.unwrap(), "n,f,s\n1,NaN,a");
    assert_eq!(plan.rows(replaced).await.unwrap(), "n,f,s\n1,NaN,z\nnull,2.0,null");
    let wrong = plan.add(&[rows], R::FillNulls(pb::FillNulls { fills: vec![fill("n", text("x"))], nan_too: false }));
    assert_eq!(told(&plan.error(wrong).await), "TYPE_MISMATCH at 6:fill_nulls.fills[0].value");
}

#[tokio::test]
async fn conform_reorders_casts_and_renames() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let field = |name: &str, ty| pb::Field { name: name.to_owned(), r#type: Some(ty), ..Default::default() };
    let conform = |fields, by_position| {
        R::Conform(pb::ConformTo {
            schema: Some(pb::Schema { fields, ..Default::default() }),
            by_position,
            on_failure: pb::CastFailure::Null as i32,
        })
    };
    let named = plan.add(&[letters], conform(vec![field("s", int64()), field("n", string())], false));
    let placed = plan.add(&[letters], conform(vec![field("a", float64()), field("b", string())], true));
    assert_eq!(plan.rows(named).await.unwrap(), "s,n\nnull,1\nnull,2\nnull,3");
    assert_eq!(plan.rows(placed).await.unwrap(), "a,b\n1.0,a\n2.0,b\n3.0,null");
}

#[tokio::test]
async fn describe_gives_a_row_per_statistic() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let described = plan.add(
        &[letters],
        R::Describe(pb::Describe {
            columns: vec![],
            statistics: ["count", "null_count", "mean", "min", "max"].map(str::to_owned).to_vec(),
        }),
    );
    assert_eq!(plan.rows(described).await.unwrap(), "statistic,n,s\ncount,3.0,2\nnull_count,0.0,1\nmean,2.0,null\nmin,1.0,a\nmax,3.0,b");
}

#[tokio::test]
async fn ranges_and_table_functions_give_rows() {
    let mut plan = Plan::default();
    let range = |start, end, step| R::Range(pb::Range { start, end, step, column: "i".to_owned(), partitions: None });
    let (up, down, none) = (plan.add(&[], range(0, 3, 1)), plan.add(&[], range(3, 0, -2)), plan.add(&[], range(3, 0, 1)));
    assert_eq!(plan.set(up).await.unwrap(), "i\n0\n1\n2");
    assert_eq!(plan.set(down).await.unwrap(), "i\n1\n3");
    assert_eq!(plan.set(none).await.unwrap(), "i");
    let series = |args: Vec<pb::Expression>, outer| {
        R::TableFunction(pb::TableFunction { function: function("std.generate_series"), args, outer, ..Default::default() })
    };
    let alone = plan.add(&[], series(vec![int(1), int(3)], false));
    let lateral = plan.add(&[up], series(vec![int(1), col("i")], true));
    assert_eq!(plan.set(alone).await.unwrap(), "value\n1\n2\n3");
    assert_eq!(plan.set(lateral).await.unwrap(), "i,value\n0,null\n1,1\n2,1\n2,2");
}

#[tokio::test]
async fn a_sample_with_a_seed_repeats_itself() {
    let mut plan = Plan::default();
    let rows = plan.add(&[], R::Range(pb::Range { start: 0, end: 1000, step: 1, column: "i".to_owned(), partitions: None }));
    let sample = |fraction, replacement, rows| R::Sample(pb::Sample { fraction, replacement, seed: Some(7), rows });
    let share = plan.add(&[rows], sample(0.1, false, None));
    let again = plan.add(&[rows], sample(2.0, true, None));
    let exact = plan.add(&[rows], sample(0.0, false, Some(10)));
    let (first, second) = (plan.set(share).await.unwrap(), plan.set(share).await.unwrap());
    assert_eq!(first, second);
    assert!((50..150).contains(&first.lines().count()), "{}", first.lines().count());
    assert!((1700..2300).contains(&plan.set(again).await.unwrap().lines().count()));
    assert_eq!(plan.set(exact).await.unwrap().lines().count(), 11);
}

#[tokio::test]
async fn repartitions_and_hints_change_nothing() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let scheme = pb::repartition::Scheme::Hash(pb::repartition::HashBy { keys: vec![add(col("n"), int(1))], partitions: Some(3) });
    let spread = plan.add(&[letters], R::Repartition(pb::Repartition { scheme: Some(scheme) }));
    let hinted = plan.add(&[spread], R::Hint(pb::Hint { name: "broadcast".to_owned(), args: vec![] }));
    assert_eq!(plan.set(hinted).await.unwrap(), "n,s\n1,a\n2,b\n3,null");
}

#[tokio::test]
async fn what_this_engine_does_not_have_says_so_with_its_relation() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let as_of = R::AsOfJoin(pb::AsOfJoin {
        left_time: Some(col("n")),
        right_time: Some(col("n")),
        direction: pb::AsOfDirection::Backward as i32,
        ..Default::default()
    });
    let joined = plan.add(&[letters, letters], as_of);
    let error = plan.error(joined).await;
    assert_eq!(told(&error), "UNSUPPORTED at 2:as_of_join");
    assert_eq!(error.code(), Code::Unsupported);
}
