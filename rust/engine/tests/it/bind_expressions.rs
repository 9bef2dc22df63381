//! Expressions: types that meet and types that do not, overflow, case, lists, windows, subqueries, lambdas, SQL.

use polybolos_protocol::Code;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::expression::Kind as E;
use polybolos_protocol::wire::plan::relation::Kind as R;

use crate::harness::{Bench, request};
use crate::plans::*;

/// The value of one expression over one row.
async fn value(expr: pb::Expression) -> polybolos_protocol::Result<String> {
    value_in(&mut Plan::default(), expr).await
}

async fn value_in(plan: &mut Plan, expr: pb::Expression) -> polybolos_protocol::Result<String> {
    let one = plan.table(&[("n", int64()), ("s", string()), ("f", float64())], vec![vec![int(7), text("seven"), float(0.5)]]);
    let selected = plan.select(one, vec![named("v", expr)]);
    plan.rows(selected).await.map(|rows| rows.trim_start_matches("v\n").to_owned())
}

async fn code(expr: pb::Expression) -> Code {
    value(expr).await.expect_err("an error").code()
}

#[tokio::test]
async fn integers_that_do_not_fit_are_an_error_a_null_or_wrap() {
    assert_eq!(value(add(col("n"), int(1))).await.unwrap(), "8");
    assert_eq!(code(add(col("n"), int(i64::MAX))).await, Code::NumericOverflow);
    assert_eq!(code(call("core.multiply", [col("n"), int(i64::MAX)])).await, Code::NumericOverflow);
    assert_eq!(code(call("core.negate", [int(i64::MIN)])).await, Code::NumericOverflow);
    let with = |overflow: pb::Arithmetic| {
        Plan(pb::Plan { semantics: Some(pb::Semantics { overflow: overflow as i32, ..Default::default() }), ..Default::default() })
    };
    assert_eq!(value_in(&mut with(pb::Arithmetic::Null), add(col("n"), int(i64::MAX))).await.unwrap(), "null");
    assert_eq!(value_in(&mut with(pb::Arithmetic::Wrap), add(int(i64::MAX), int(1))).await.unwrap(), i64::MIN.to_string());
}

#[tokio::test]
async fn sums_that_do_not_fit_are_an_error() {
    let mut plan = Plan::default();
    let rows = plan.table(&[("k", int64()), ("n", int64())], vec![vec![int(1), int(i64::MAX)], vec![int(1), int(1)], vec![int(2), int(5)]]);
    let total = plan.aggregate(rows, vec![], vec![named("t", agg("std.sum", [col("n")]))]);
    let grouped = plan.aggregate(rows, vec![named("k", col("k"))], vec![named("t", agg("std.sum", [col("n")]))]);
    assert_eq!(plan.error(total).await.code(), Code::NumericOverflow);
    assert_eq!(plan.error(grouped).await.code(), Code::NumericOverflow);
    let some = plan.filter(rows, gt(col("k"), int(1)));
    let fits = plan.aggregate(some, vec![named("k", col("k"))], vec![named("t", agg("std.sum", [col("n")]))]);
    assert_eq!(plan.rows(fits).await.unwrap(), "k,t\n2,5");
}

#[tokio::test]
async fn sums_that_do_not_fit_are_null_or_wrap_where_the_plan_says_so() {
    for (overflow, expected) in [(pb::Arithmetic::Null, "null"), (pb::Arithmetic::Wrap, "-9223372036854775808")] {
        let semantics = Some(pb::Semantics { overflow: overflow as i32, ..Default::default() });
        let mut plan = Plan(pb::Plan { semantics, ..Default::default() });
        let rows = plan.table(&[("k", int64()), ("n", int64())], vec![vec![int(1), int(i64::MAX)], vec![int(1), int(1)]]);
        let total = plan.aggregate(rows, vec![], vec![named("t", agg("std.sum", [col("n")]))]);
        let grouped = plan.aggregate(rows, vec![named("k", col("k"))], vec![named("t", agg("std.sum", [col("n")]))]);
        assert_eq!(plan.rows(total).await.unwrap(), format!("t\n{expected}"));
        assert_eq!(plan.rows(grouped).await.unwrap(), format!("k,t\n1,{expected}"));
    }
}

#[tokio::test]
async fn decimals_that_do_not_fit_are_null_where_the_plan_says_so() {
    let wide = pb::DataType { kind: Some(pb::data_type::Kind::Decimal(pb::DecimalType { precision: 38, scale: 0 })) };
    let product = |plan: &mut Plan| {
        let rows = plan.table(&[("n", int64())], vec![vec![int(i64::MAX)], vec![int(5)]]);
        let wide = || cast(col("n"), wide.clone());
        plan.select(rows, vec![named("v", call("core.multiply", [wide(), wide(), wide()]))])
    };
    let mut failing = Plan::default();
    let product_of_all = product(&mut failing);
    assert_eq!(failing.error(product_of_all).await.code(), Code::NumericOverflow);
    let semantics = Some(pb::Semantics { overflow: pb::Arithmetic::Null as i32, ..Default::default() });
    let mut plan = Plan(pb::Plan { semantics, ..Default::default() });
    let product_of_some = product(&mut plan);
    assert_eq!(plan.rows(product_of_some).await.unwrap(), "v\nnull\n125");
}

#[tokio::test]
async fn a_long_run_of_integers_is_computed_from_the_left() {
    let terms =
        |name: &str, terms: Vec<pb::Expression>| e(E::Call(pb::Call { function: function(name), args: terms, ..Default::default() }));
    let mut args = vec![int(i64::MAX), col("n")];
    args.extend((0..20).map(|_| int(-1)));
    assert_eq!(code(terms("core.add", args.clone())).await, Code::NumericOverflow);
    args.reverse();
    assert_eq!(value(terms("core.add", args)).await.unwrap(), (i64::MAX - 13).to_string());
    assert_eq!(value(terms("core.add", (0..20).map(|_| col("n")).collect())).await.unwrap(), "140");
    assert_eq!(value(terms("core.multiply", (0..20).map(|_| int(2)).collect())).await.unwrap(), (1 << 20).to_string());
}

#[tokio::test]
async fn text_in_other_formats_becomes_a_timestamp_whatever_the_sessions_zone() {
    let read = |value: pb::Expression, format: &str| call("std.to_timestamp", [value, text(format)]);
    for zone in ["UTC", "Europe/Berlin"] {
        let mut plan =
            Plan(pb::Plan { semantics: Some(pb::Semantics { time_zone: zone.to_owned(), ..Default::default() }), ..Default::default() });
        let one = plan.table(&[("s", string())], vec![vec![text("31/07/2024 12:30")], vec![null(string())]]);
        let when = plan.select(one, vec![named("v", read(col("s"), "%d/%m/%Y %H:%M"))]);
        assert_eq!(plan.rows(when).await.unwrap(), "v\n2024-07-31T12:30:00\nnull", "{zone}");
    }
    assert_eq!(value(read(text("31.07.2024 12:30 +0200"), "%d.%m.%Y %H:%M %z")).await.unwrap(), "2024-07-31T10:30:00");
    assert_eq!(code(read(text("tomorrow"), "%d/%m/%Y %H:%M")).await, Code::CastFailed);
    assert_eq!(code(call("std.to_timestamp", [col("n"), text("%Y")])).await, Code::TypeMismatch);
}

#[tokio::test]
async fn division_by_zero_is_an_error_or_a_null() {
    assert_eq!(value(call("core.divide", [col("n"), int(2)])).await.unwrap(), "3");
    assert_eq!(code(call("core.divide", [col("n"), int(0)])).await, Code::DivisionByZero);
    assert_eq!(value(call("core.divide", [col("f"), float(0.0)])).await.unwrap(), "inf");
    let semantics = Some(pb::Semantics { division_by_zero: pb::Arithmetic::Null as i32, ..Default::default() });
    let mut plan = Plan(pb::Plan { semantics, ..Default::default() });
    assert_eq!(value_in(&mut plan, call("core.modulo", [col("n"), int(0)])).await.unwrap(), "null");
}

#[tokio::test]
async fn kinds_that_do_not_meet_are_named() {
    for (expr, types) in [
        (gt(col("s"), int(1)), "string and int64"),
        (add(col("n"), text("1")), "int64 and string"),
        (eq(truth(true), int(1)), "bool and int64"),
        (gt(cast(col("s"), date()), col("s")), "date and string"),
    ] {
        let error = value(expr).await.expect_err(types);
        assert_eq!(error.code(), Code::TypeMismatch, "{error}");
        assert!(error.message().contains(types), "{error}");
        assert!(error.message().contains("cast"), "{error}");
    }
    assert_eq!(code(call("std.upper", [col("n")])).await, Code::TypeMismatch);
    assert_eq!(code(call("core.and", [truth(true), col("n")])).await, Code::TypeMismatch);
}

#[tokio::test]
async fn literal_text_is_read_as_the_date_beside_it() {
    let day = literal(date(), pb::literal::Value::IntValue(19_753));
    assert_eq!(value(eq(day.clone(), text("2024-01-31"))).await.unwrap(), "true");
    assert_eq!(value(call("core.between", [day.clone(), text("2024-01-01"), text("2024-12-31")])).await.unwrap(), "true");
    assert_eq!(code(gt(day, text("yesterday"))).await, Code::CastFailed);
}

#[tokio::test]
async fn functions_are_found_counted_and_near_ones_named() {
    assert_eq!(value(call("std.upper", [col("s")])).await.unwrap(), "SEVEN");
    let error = value(call("std.uper", [col("s")])).await.unwrap_err();
    assert_eq!((error.code(), error.candidates()[0]), (Code::UnresolvedFunction, "upper"));
    assert_eq!(code(call("std.upper", [])).await, Code::WrongArgumentCount);
    assert_eq!(code(call("std.sum", [col("n")])).await, Code::InvalidExpression);
}

#[tokio::test]
async fn a_case_takes_the_first_branch_and_protects_the_others() {
    let branch = |condition, result| pb::case::Branch { condition: Some(condition), result: Some(result) };
    let case = |operand: Option<pb::Expression>, branches, otherwise: Option<pb::Expression>| {
        e(E::CaseWhen(Box::new(pb::Case { operand: operand.map(Box::new), branches, otherwise: otherwise.map(Box::new) })))
    };
    let searched =
        case(None, vec![branch(gt(col("n"), int(10)), text("big")), branch(gt(col("n"), int(5)), text("mid"))], Some(text("small")));
    assert_eq!(value(searched).await.unwrap(), "mid");
    let simple = case(Some(col("n")), vec![branch(int(7), int(1)), branch(int(8), float(2.5))], None);
    assert_eq!(value(simple).await.unwrap(), "1.0");
    let guarded = case(
        None,
        vec![branch(eq(col("n"), int(7)), int(0))],
        Some(call("core.divide", [int(1), call("core.subtract", [col("n"), int(7)])])),
    );
    assert_eq!(value(guarded).await.unwrap(), "0");
    let mixed = case(None, vec![branch(truth(true), int(1))], Some(text("x")));
    assert_eq!(code(mixed).await, Code::TypeMismatch);
}

#[tokio::test]
async fn lists_short_and_long_hold_or_do_not_hold_a_value() {
    let in_list = |needle, items: Vec<pb::Expression>| {
        e(E::InList(Box::new(pb::InList { needle: Some(Box::new(needle)), items, ..Default::default() })))
    };
    assert_eq!(value(in_list(col("n"), vec![int(1), int(7)])).await.unwrap(), "true");
    assert_eq!(value(in_list(col("n"), vec![int(1), null(int64())])).await.unwrap(), "null");
    assert_eq!(code(in_list(col("n"), vec![text("7")])).await, Code::TypeMismatch);
    let many: Vec<pb::Expression> = (0..5_000).map(|i| int(i * 7)).collect();
    assert_eq!(value(in_list(col("n"), many.clone())).await.unwrap(), "true");
    assert_eq!(value(call("core.not", [in_list(add(col("n"), int(1)), many)])).await.unwrap(), "true");
}

#[tokio::test]
async fn a_long_list_can_come_as_an_arrow_column() {
    use arrow::array::{Int64Array, RecordBatch};
    let column: arrow::array::ArrayRef = std::sync::Arc::new(Int64Array::from_iter_values(0..100_000));
    let batch = RecordBatch::try_from_iter([("items", column)]).unwrap();
    let mut bytes = Vec::new();
    let mut writer = arrow::ipc::writer::StreamWriter::try_new(&mut bytes, &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    drop(writer);
    let list =
        |needle| e(E::InList(Box::new(pb::InList { needle: Some(Box::new(needle)), items: vec![], arrow_items: bytes.clone().into() })));
    assert_eq!(value(list(col("n"))).await.unwrap(), "true");
    assert_eq!(value(list(int(-1))).await.unwrap(), "false");
}

fn over(
    function: pb::window_call::Function,
    order: Vec<pb::SortKey>,
    frame: (pb::FrameUnits, pb::BoundKind, pb::BoundKind),
) -> pb::Expression {
    let bound = |kind: pb::BoundKind| {
        let offset = matches!(kind, pb::BoundKind::PrecedingOffset | pb::BoundKind::FollowingOffset).then(|| Box::new(int(1)));
        Some(Box::new(pb::Bound { kind: kind as i32, offset }))
    };
    let frame = pb::Frame { units: frame.0 as i32, start: bound(frame.1), end: bound(frame.2), exclusion: 0 };
    e(E::Window(Box::new(pb::WindowCall { function: Some(function), partition_by: vec![], order_by: order, frame: Some(Box::new(frame)) })))
}

#[tokio::test]
async fn windows_rank_and_sum_over_frames() {
    use pb::BoundKind::{CurrentRow, FollowingOffset, PrecedingOffset, UnboundedFollowing, UnboundedPreceding};
    use pb::FrameUnits::{Groups, Range, Rows};
    let mut plan = Plan::default();
    let rows = plan.table(&[("n", int64())], vec![vec![int(1)], vec![int(2)], vec![int(2)], vec![int(5)]]);
    let rank = pb::window_call::Function::Window(pb::Call { function: function("std.rank"), ..Default::default() });
    let lag =
        pb::window_call::Function::Window(pb::Call { function: function("std.lag"), args: vec![col("n"), int(1)], ..Default::default() });
    let sum = || pb::window_call::Function::Aggregate(Box::new(agg_call("std.sum", [col("n")])));
    let order = || vec![asc(col("n"))];
    let windows = plan.with(
        rows,
        vec![
            named("rank", over(rank, order(), (Rows, UnboundedPreceding, UnboundedFollowing))),
            named("lag", over(lag, order(), (Rows, UnboundedPreceding, UnboundedFollowing))),
            named("near", add(over(sum(), order(), (Range, PrecedingOffset, FollowingOffset)), int(0))),
            named("rows", over(sum(), order(), (Rows, UnboundedPreceding, CurrentRow))),
            named("groups", over(sum(), order(), (Groups, PrecedingOffset, CurrentRow))),
        ],
    );
    assert_eq!(plan.set(windows).await.unwrap(), "n,rank,lag,near,rows,groups\n1,1,null,5,1,1\n2,2,1,5,3,5\n2,2,2,5,5,5\n5,4,2,5,10,9");
    let filtered = plan.filter(rows, gt(over(sum(), order(), (Rows, UnboundedPreceding, CurrentRow)), int(1)));
    assert_eq!(told(&plan.error(filtered).await), "INVALID_EXPRESSION at 3:filter.predicate.call.args[0].window");
}

fn subquery(kind: pb::SubqueryKind, relation: u32, needles: Vec<pb::Expression>, comparison: &str) -> pb::Expression {
    let comparison = if comparison.is_empty() { None } else { function(comparison) };
    e(E::Subquery(pb::Subquery { kind: kind as i32, relation, needles, comparison }))
}

#[tokio::test]
async fn subqueries_filter_rows() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let others = plan.table(&[("k", int64())], vec![vec![int(2)], vec![int(3)]]);
    let top = plan.aggregate(others, vec![], vec![named("m", agg("std.max", [col("k")]))]);
    let scalar = plan.filter(letters, eq(col("n"), subquery(pb::SubqueryKind::Scalar, top, vec![], "")));
    let inside = plan.filter(letters, subquery(pb::SubqueryKind::In, others, vec![col("n")], ""));
    let outside = plan.filter(letters, call("core.not", [subquery(pb::SubqueryKind::In, others, vec![col("n")], "")]));
    let matching = plan.filter(others, eq(col("k"), outer(letters, "n")));
    let exists = plan.filter(letters, subquery(pb::SubqueryKind::Exists, matching, vec![], ""));
    let any = plan.filter(letters, subquery(pb::SubqueryKind::Any, others, vec![col("n")], "core.gt"));
    let all = plan.filter(letters, subquery(pb::SubqueryKind::All, others, vec![col("n")], "core.le"));
    assert_eq!(plan.set(scalar).await.unwrap(), "n,s\n3,null");
    assert_eq!(plan.set(inside).await.unwrap(), "n,s\n2,b\n3,null");
    assert_eq!(plan.set(outside).await.unwrap(), "n,s\n1,a");
    assert_eq!(plan.set(exists).await.unwrap(), "n,s\n2,b\n3,null");
    assert_eq!(plan.set(any).await.unwrap(), "n,s\n3,null");
    assert_eq!(plan.set(all).await.unwrap(), "n,s\n1,a\n2,b");
}

#[tokio::test]
async fn subqueries_are_values_of_a_select() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let others = plan.table(&[("k", int64())], vec![vec![int(2)], vec![null(int64())]]);
    let matching = plan.filter(others, eq(col("k"), outer(letters, "n")));
    let count = plan.aggregate(matching, vec![], vec![named("c", agg("std.count", []))]);
    let values = plan.select(
        letters,
        vec![
            named("", col("n")),
            named("exists", subquery(pb::SubqueryKind::Exists, matching, vec![], "")),
            named("in", subquery(pb::SubqueryKind::In, others, vec![col("n")], "")),
            named("count", subquery(pb::SubqueryKind::Scalar, count, vec![], "")),
            named("any", subquery(pb::SubqueryKind::Any, others, vec![col("n")], "core.ge")),
        ],
    );
    assert_eq!(plan.set(values).await.unwrap(), "n,exists,in,count,any\n1,false,null,0,null\n2,true,true,1,true\n3,false,null,0,true");
}

/// Rows of a file: k and v.
fn pairs(bench: &Bench, plan: &mut Plan) -> u32 {
    bench.file("pairs.csv", "k,v\n1,10\n1,20\n2,5\n");
    let csv = pb::read_files::Format::Csv(pb::CsvFormat { header: Some(true), ..Default::default() });
    let path = bench.path().join("pairs.csv").display().to_string();
    plan.add(&[], R::ReadFiles(pb::ReadFiles { paths: vec![path], format: Some(csv), ..Default::default() }))
}

#[tokio::test]
async fn a_subquery_over_the_relation_of_its_query_tells_both_apart() {
    for scanned in [false, true] {
        let bench = Bench::new();
        let mut plan = Plan::default();
        let table = if scanned {
            pairs(&bench, &mut plan)
        } else {
            plan.table(&[("k", int64()), ("v", int64())], vec![vec![int(1), int(10)], vec![int(1), int(20)], vec![int(2), int(5)]])
        };
        let of_key = plan.filter(table, eq(of(table, "k"), outer(table, "k")));
        let top = plan.aggregate(of_key, vec![], vec![named("m", agg("std.max", [col("v")]))]);
        let best = plan.filter(table, eq(col("v"), subquery(pb::SubqueryKind::Scalar, top, vec![], "")));
        let larger = plan.filter(of_key, gt(of(table, "v"), outer(table, "v")));
        let beaten = plan.filter(table, subquery(pb::SubqueryKind::Exists, larger, vec![], ""));
        let values = plan.select(of_key, vec![named("v", of(table, "v"))]);
        let inside = plan.filter(table, subquery(pb::SubqueryKind::In, values, vec![of(table, "v")], ""));
        let all = plan.select(table, vec![named("v", of(table, "v"))]);
        let among = plan.select(
            table,
            vec![named("", col("v")), named("in", subquery(pb::SubqueryKind::In, all, vec![add(of(table, "v"), int(10))], ""))],
        );
        let lateral = plan.add(
            &[table, top],
            R::Join(pb::Join { kind: pb::JoinKind::Left as i32, condition: Some(pb::join::Condition::On(truth(true))), lateral: true }),
        );
        let ask = |root: u32| {
            let (checked, session) = (plan.root(root).unwrap(), bench.session.clone());
            async move {
                let rows = run(&session, checked).await.unwrap();
                let mut rows: Vec<&str> = rows.lines().skip(1).collect();
                rows.sort_unstable();
                rows.join(";")
            }
        };
        assert_eq!(ask(best).await, "1,20;2,5");
        assert_eq!(ask(beaten).await, "1,10");
        assert_eq!(ask(inside).await, "1,10;1,20;2,5");
        assert_eq!(ask(among).await, "10,true;20,false;5,false");
        assert_eq!(ask(lateral).await, "1,10,20;1,20,20;2,5,5");
    }
}

#[tokio::test]
async fn a_lateral_join_reaches_the_left_row() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let others = plan.table(&[("k", int64()), ("v", int64())], vec![vec![int(1), int(10)], vec![int(1), int(20)], vec![int(2), int(5)]]);
    let matching = plan.filter(others, eq(col("k"), outer(letters, "n")));
    let total = plan.aggregate(matching, vec![], vec![named("total", agg("std.sum", [col("v")]))]);
    let joined = plan.add(&[letters, total], R::Join(pb::Join { kind: pb::JoinKind::Cross as i32, condition: None, lateral: true }));
    assert_eq!(plan.set(joined).await.unwrap(), "n,s,total\n1,a,30\n2,b,5\n3,null,null");
    let open = plan.add(&[matching], R::Limit(pb::Limit { count: Some(1), ..Default::default() }));
    assert_eq!(told(&plan.error(open).await), "INVALID_EXPRESSION at 3:filter.predicate.call.args[1].outer_column");
}

#[tokio::test]
async fn lambdas_see_their_item_and_the_row() {
    let lambda = |body| {
        let params = vec![pb::LambdaParam { id: 1, name: "x".to_owned() }];
        e(E::LambdaFn(Box::new(pb::Lambda { params, body: Some(Box::new(body)) })))
    };
    let x = || e(E::LambdaVar(pb::LambdaVar { id: 1 }));
    assert_eq!(value(call("std.array_transform", [ints(&[1, 2]), lambda(add(x(), col("n")))])).await.unwrap(), "[8, 9]");
    assert_eq!(value(call("std.array_filter", [ints(&[1, 2, 3]), lambda(gt(x(), int(1)))])).await.unwrap(), "[2, 3]");
    assert_eq!(code(x()).await, Code::InvalidExpression);
}

#[tokio::test]
async fn pieces_of_sql_calculate_as_the_plan_says() {
    let sql = |text: &str| e(E::Sql(pb::SqlFragment { text: text.to_owned(), dialect: String::new() }));
    assert_eq!(code(sql("n + 9223372036854775807")).await, Code::NumericOverflow);
    assert_eq!(code(sql("-(n - 8 - 9223372036854775807)")).await, Code::NumericOverflow);
    assert_eq!(code(sql("case when n = 7 then n / (n - 7) end")).await, Code::DivisionByZero);
    let semantics =
        pb::Semantics { overflow: pb::Arithmetic::Null as i32, division_by_zero: pb::Arithmetic::Null as i32, ..Default::default() };
    let mut plan = Plan(pb::Plan { semantics: Some(semantics), ..Default::default() });
    assert_eq!(value_in(&mut plan.clone(), sql("n + 9223372036854775807")).await.unwrap(), "null");
    assert_eq!(value_in(&mut plan.clone(), sql("n / (n - 7)")).await.unwrap(), "null");
    assert_eq!(value_in(&mut plan, sql("n * 2 - 1")).await.unwrap(), "13");
}

#[tokio::test]
async fn a_piece_of_sql_sees_the_columns_and_nothing_else() {
    let sql = |text: &str| e(E::Sql(pb::SqlFragment { text: text.to_owned(), dialect: String::new() }));
    assert_eq!(value(sql("n * 2 + length(s)")).await.unwrap(), "19");
    assert_eq!(code(sql("m + 1")).await, Code::UnresolvedColumn);
    assert_eq!(code(sql("n +")).await, Code::SqlSyntax);
    assert_eq!(code(sql("(select 1)")).await, Code::SqlNotAllowed);
}

#[tokio::test]
async fn parameters_are_values_of_their_type() {
    let mut plan = Plan::default();
    plan.0.parameters = vec![pb::ParameterDecl { name: "least".to_owned(), r#type: Some(int64()) }];
    let letters = plan.letters();
    let some = plan.filter(letters, gt(col("n"), e(E::Parameter(pb::Parameter { index: 1 }))));
    let checked = plan.root(some).unwrap();
    let bench = Bench::new();
    let ask = |values: Vec<pb::Expression>| {
        let literal = |expr: pb::Expression| match expr.kind {
            Some(E::Literal(literal)) => Some(literal),
            _ => None,
        };
        let parameters = values
            .into_iter()
            .zip(1..)
            .map(|(value, index)| polybolos_protocol::wire::flight::ParameterValue { index, value: literal(value) });
        let request = polybolos_protocol::transport::ExecuteRequest { parameters: parameters.collect(), ..request(checked.clone()) };
        let session = bench.session.clone();
        async move {
            let batches = crate::harness::collect(session.execute(request).await?).await?;
            Ok::<_, polybolos_protocol::Error>(batches.iter().flat_map(lines_of).collect::<Vec<_>>().join(";"))
        }
    };
    assert_eq!(ask(vec![int(2)]).await.unwrap(), "3,null");
    for wrong in [vec![], vec![text("2")], vec![int(1), int(2)]] {
        assert_eq!(ask(wrong).await.unwrap_err().code(), Code::ParameterMismatch);
    }
}
