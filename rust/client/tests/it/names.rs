//! The default names of columns: golden, because every language must print the same.

use polybolos_client::{
    Bound, Comparison, DataType, Expr, Literal, Session, Window, aggregate_call, call, case, col, exists, lambda2, lit, null, parameter,
    qualified, scalar, sql_expr, when, window_call,
};

fn sum(name: &str) -> Expr {
    aggregate_call("std", "sum", vec![col(name)])
}

#[test]
fn default_names_are_these() {
    let frame = Session::detached().table("t").unwrap();
    let (a, b) = (col("a"), col("b"));
    let golden: Vec<(Expr, &str)> = vec![
        (a.clone(), "a"),
        (qualified("o", "a"), "a"),
        (qualified("o", "a") + 1, "(o.a + 1)"),
        (frame.col("a"), "a"),
        (frame.outer("a"), "a"),
        (a.field("x").field("y"), "y"),
        (a.field("x").field("y").is_null(), "(a.x.y is null)"),
        (a.alias("z"), "z"),
        (a.alias("z") + &b, "(a + b)"),
        (&a + &b, "(a + b)"),
        (&a + &b + 1, "(a + b + 1)"),
        (&a + (&b + 1), "(a + (b + 1))"),
        (&a - &b - 1, "((a - b) - 1)"),
        (&a * 2.0 / 3 % 4, "(((a * 2.0) / 3) % 4)"),
        (a.eq("x").and(a.ne(1)).and(b.lt(2)) | b.le(3), "(((a = 'x') and (a <> 1) and (b < 2)) or (b <= 3))"),
        (a.xor(&b), "(a xor b)"),
        (!(a.gt(1)), "(not (a > 1))"),
        (-&a, "(-a)"),
        (a.bit_and(1).bit_or(2).bit_xor(3).bit_not(), "(~(((a & 1) | 2) ^ 3))"),
        (a.shift_left(1).shift_right(2), "((a << 1) >> 2)"),
        (a.concat_op(&b).concat_op("c"), "(a || b || 'c')"),
        (a.like("x%"), "(a like 'x%')"),
        (a.not_ilike("x%"), "(a not ilike 'x%')"),
        (a.like_escape("x!%", '!'), "like(a, 'x!%', '!')"),
        (a.regex_not_imatch("x"), "(a !~* 'x')"),
        (a.is_not_distinct_from(null()), "(a is not distinct from null)"),
        (a.is_not_unknown(), "(a is not unknown)"),
        (a.between(1, 2), "(a between 1 and 2)"),
        (a.not_between(1, 2), "(a not between 1 and 2)"),
        (a.in_([1, 2]), "(a in (1, 2))"),
        (a.not_in(["x"]), "(not (a in ('x')))"),
        (a.get_item(-1), "a[-1]"),
        (a.get_key("k"), "a['k']"),
        (a.slice(1, 2), "slice(a, 1, 2)"),
        (call("std", "upper", vec![a.clone()]), "upper(a)"),
        (call("lake.math", "twice", vec![a.clone()]), "lake.math.twice(a)"),
        (sum("a"), "sum(a)"),
        (sum("a").distinct(), "sum(distinct a)"),
        (aggregate_call("std", "count", vec![]), "count(*)"),
        (sum("a").filter(b.gt(0)), "sum(a) filter (where (b > 0))"),
        (sum("a").filter(b.gt(0)).filter(b.lt(9)), "sum(a) filter (where ((b > 0) and (b < 9)))"),
        (
            aggregate_call("std", "array_agg", vec![a.clone()]).order_by((b.desc(), "c")).ignore_nulls(),
            "array_agg(a order by b desc nulls first, c asc nulls last) ignore nulls",
        ),
        (sum("a").over(Window::all()), "sum(a) over ()"),
        (sum("a").over(Window::partition_by(("b", "c"))), "sum(a) over (partition by b, c)"),
        (
            window_call("std", "lag", vec![a.clone(), lit(1)]).over(Window::partition_by("b").order_by("c")),
            "lag(a, 1) over (partition by b order by c asc nulls last)",
        ),
        (
            sum("a").over(Window::all().rows_between(Bound::UnboundedPreceding, Bound::Following(2)).excluding_current_row()),
            "sum(a) over (rows between unbounded preceding and 2 following exclude current row)",
        ),
        (a.cast(DataType::Int64), "cast(a as int64)"),
        (a.try_cast("timestamp(us, UTC)"), "try_cast(a as timestamp(us, 'UTC'))"),
        (a.cast("list<decimal(10, 2) not null>"), "cast(a as list<decimal(10, 2) not null>)"),
        (a.cast("struct<x: int32, y: map<string, bool>>"), "cast(a as struct<x int32, y map<string, bool>>)"),
        (when(a.gt(1), "x").otherwise(2), "case when (a > 1) then 'x' else 2 end"),
        (case("a").when(1, "x").when(2, "y").into(), "case a when 1 then 'x' when 2 then 'y' end"),
        (exists(&frame), "exists(subquery)"),
        (scalar(&frame) + 1, "(scalar(subquery) + 1)"),
        (a.in_subquery(&frame), "(a in subquery)"),
        (a.all_of(Comparison::Lt, &frame), "(a < all subquery)"),
        (call("std", "array_reduce", vec![a.clone(), lambda2("x", "y", |x, y| x + y)]), "array_reduce(a, (x, y) -> (x + y))"),
        (parameter("least", "int64"), "$least"),
        (sql_expr("a + 1"), "a + 1"),
    ];
    for (expr, name) in golden {
        assert_eq!(expr.name(), name);
    }
}

#[test]
fn literals_are_printed_like_this() {
    let at = chrono::DateTime::from_timestamp(1_706_702_400, 0).unwrap();
    let fine = at + chrono::Duration::microseconds(1_500);
    let golden = [
        (lit(true), "true"),
        (lit(-1_i8), "-1"),
        (lit(u64::MAX), "18446744073709551615"),
        (lit(0.1), "0.1"),
        (lit(0.1_f32), "0.1"),
        (lit(1.0), "1.0"),
        (lit(-0.0), "-0.0"),
        (lit(1e15), "1000000000000000.0"),
        (lit(1e16), "1e16"),
        (lit(1.5e20), "1.5e20"),
        (lit(0.00001), "1e-5"),
        (lit(0.0001), "0.0001"),
        (lit(f64::NAN), "NaN"),
        (lit(f64::INFINITY), "Infinity"),
        (lit(f32::NEG_INFINITY), "-Infinity"),
        (lit("it's"), "'it''s'"),
        (lit(b"\x00\xff".as_slice()), "x'00ff'"),
        (lit(at.date_naive()), "date '2024-01-31'"),
        (lit(at), "timestamp '2024-01-31T12:00:00Z'"),
        (lit(fine.naive_utc()), "timestamp '2024-01-31T12:00:00.001500'"),
        (lit(fine.time()), "time '12:00:00.001500'"),
        (lit(std::time::Duration::from_millis(5)), "duration '5000 us'"),
        (lit(Literal::decimal("1.5", 10, 2).unwrap()), "1.50"),
        (lit(Literal::decimal("-0.05", 10, 3).unwrap()), "-0.050"),
        (lit(Literal::decimal("7", 10, 0).unwrap()), "7"),
        (lit(Literal::interval(1, -2, 3)), "interval '1 months -2 days 3 nanos'"),
        (lit(Literal::list(["a", "b"])), "['a', 'b']"),
        (lit(Literal::map([("k", None::<i32>)])), "map {'k': null}"),
        (lit(Literal::null_of("date").unwrap()), "null"),
    ];
    for (expr, name) in golden {
        assert_eq!(expr.name(), name);
    }
}

#[test]
fn a_long_name_is_cut_at_a_character() {
    let name = lit("ü".repeat(400)).name();
    assert_eq!(name.len(), 256);
    assert!(name.starts_with("'üü") && name.ends_with("ü…"));
}

#[test]
fn a_literal_that_does_not_fit_its_decimal_is_refused() {
    for text in ["", ".", "1e3", "1.234", "12345678901", "x", "--1", "1.2.3"] {
        assert!(Literal::decimal(text, 10, 2).is_err(), "{text}");
    }
}
