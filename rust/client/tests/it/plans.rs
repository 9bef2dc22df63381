//! What programs become: one snapshot per family of methods, in the compact text of plans. Ids are renumbered from 1.

use std::collections::HashMap;

use arrow_schema::{DataType, Field, Schema, TimeUnit};
use polybolos_client::protocol::text;
use polybolos_client::protocol::wire::plan as pb;
use polybolos_client::{
    Bound, Comparison, CsvOptions, DataFrame, DropNulls, IntoLiteral, JoinKind, JoinOn, Literal, Pivot, Sample, Session, SqlOptions,
    Unnest, Unpivot, Window, call, case, col, columns_matching, exists, functions as f, lambda, lit, null, parameter, qualified, scalar,
    sql_expr, star, when, window_call,
};

fn session() -> Session {
    Session::detached()
}

fn trips() -> DataFrame {
    session().table("trips").unwrap()
}

/// The compact text of the plan with ids of relations and lambda variables from 1, so that tests can run in any order.
fn text_of(frame: &DataFrame) -> String {
    let plan = frame.plan().unwrap();
    renumbered(&renumbered(&text::display(plan.plan()), '#'), '%')
}

/// The numbers after this mark, counted from 1 in the order in which they come.
fn renumbered(text: &str, mark: char) -> String {
    let mut ids: HashMap<String, usize> = HashMap::new();
    let mut pieces = text.split(mark);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits = piece.len() - piece.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (id, after) = piece.split_at(digits);
        out.push(mark);
        if !id.is_empty() {
            let next = ids.len() + 1;
            out.push_str(&ids.entry(id.to_owned()).or_insert(next).to_string());
        }
        out.push_str(after);
    }
    out
}

macro_rules! plan {
    ($name:ident, $frame:expr) => {
        #[test]
        fn $name() {
            let frame: DataFrame = $frame;
            insta::assert_snapshot!(text_of(&frame));
        }
    };
}

plan!(the_taxi_job, {
    session()
        .read_parquet("trips/*.parquet")
        .unwrap()
        .filter((col("fare_amount").gt(0)) & col("passenger_count").is_not_null())
        .unwrap()
        .with_columns((col("tip_amount") / col("fare_amount")).alias("tip_share"))
        .unwrap()
        .group_by("passenger_count")
        .unwrap()
        .agg((f::avg("tip_share").alias("tip_share"), f::count(()).alias("trips")))
        .unwrap()
        .sort(col("passenger_count").asc())
        .unwrap()
        .limit(10)
        .unwrap()
});

plan!(files_with_options, {
    let schema = Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("at", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
    ]);
    let days = Schema::new(vec![Field::new("day", DataType::Date32, false)]);
    let csv = CsvOptions::default().header(false).delimiter(';').null_text("n/a").schema(schema).partition_columns(days);
    let session = session();
    let others = session.read_json("c.json").unwrap();
    session.read_csv_with(["a.csv", "b.csv"], csv).unwrap().union(&others).unwrap()
});

plan!(columns, {
    trips()
        .select((
            star().excluding(["notes"]),
            columns_matching("tip.*"),
            (col("fare") * 2).alias("double"),
            col("a.b"),
            qualified("t", "x"),
        ))
        .unwrap()
        .with_column("day", col("pickup").cast(DataType::Date32))
        .unwrap()
        .rename([("a", "b"), ("b", "a")])
        .unwrap()
        .drop(["c", "d"])
        .unwrap()
        .drop_existing("e")
        .unwrap()
        .cast([("fare", "decimal(10, 2)")])
        .unwrap()
        .conform(&Schema::new(vec![Field::new("fare", DataType::Float64, true)]))
        .unwrap()
});

plan!(rows, {
    trips()
        .distinct_on("driver", col("pickup").desc())
        .unwrap()
        .distinct()
        .unwrap()
        .sample_with(Sample::fraction(0.5).seed(7))
        .unwrap()
        .sort_within_partitions(("a", col("b").desc().nulls_last()))
        .unwrap()
        .repartition_by(["driver"], Some(8))
        .unwrap()
        .repartition(4)
        .unwrap()
        .coalesce(1)
        .unwrap()
        .hint("broadcast", ())
        .unwrap()
        .observe("seen", f::count(()).alias("rows"))
        .unwrap()
        .sort(col("a"))
        .unwrap()
        .limit_with_ties(3)
        .unwrap()
        .slice(1, 2)
        .unwrap()
        .offset(1)
        .unwrap()
});

plan!(joins_share_what_they_have_in_common, {
    let session = session();
    let orders = session.table("sales.orders").unwrap().filter(col("open")).unwrap();
    let customers = session.table("customers").unwrap();
    let by_name = orders.join(&customers, ["country", "customer"], JoinKind::Left).unwrap();
    let by_condition = by_name.join(&orders, orders.col("id").eq(customers.col("last_order")), JoinKind::Semi).unwrap();
    let with_nulls = by_condition.join(&customers, JoinOn::columns(["country"]).nulls_equal(), JoinKind::Full).unwrap();
    with_nulls.cross_join(&orders.alias("o").unwrap()).unwrap()
});

plan!(lateral_joins_and_subqueries, {
    let session = session();
    let orders = session.table("orders").unwrap();
    let lines = session.table("lines").unwrap();
    let theirs = lines.filter(col("order_id").eq(orders.outer("id"))).unwrap();
    let lateral = orders.join_lateral(&theirs.limit(1).unwrap(), lit(true), JoinKind::Left).unwrap();
    let most = lines.agg(f::max("amount")).unwrap();
    lateral
        .filter(!exists(&theirs) | col("id").in_subquery(&lines.select("order_id").unwrap()))
        .unwrap()
        .filter(col("amount").any_of(Comparison::Ge, &most).and(col("amount").lt(scalar(&most))))
        .unwrap()
});

plan!(set_operations, {
    let session = session();
    let (a, b, c) = (session.table("a").unwrap(), session.table("b").unwrap(), session.table("c").unwrap());
    a.union_many([&b, &c])
        .unwrap()
        .union_distinct(&a)
        .unwrap()
        .union_by_name(&b)
        .unwrap()
        .union_by_name_filling(&c)
        .unwrap()
        .intersect(&a)
        .unwrap()
        .intersect_all(&b)
        .unwrap()
        .except_(&c)
        .unwrap()
        .except_all(&a)
        .unwrap()
});

plan!(groups, {
    let trips = trips();
    let rolled = trips.rollup(("vendor", "driver")).unwrap().agg(f::sum("fare")).unwrap();
    let cubed = trips.cube(["vendor", "driver"]).unwrap().count().unwrap();
    let sets = trips.grouping_sets([vec!["vendor", "driver"], vec!["driver"], vec![]]).unwrap();
    let sets = sets.agg((f::sum("fare").distinct(), f::count(()).filter(col("fare").gt(10)).alias("dear"))).unwrap();
    let plain = trips.select((f::sum("fare") / f::sum("miles"), lit(1).alias("one"))).unwrap();
    rolled.union(&cubed).unwrap().union(&sets).unwrap().cross_join(&plain).unwrap()
});

plan!(windows, {
    let by_driver = Window::partition_by("driver").order_by("day");
    let week = by_driver.clone().rows_between(Bound::Preceding(6), Bound::CurrentRow);
    trips()
        .select((
            window_call("std", "row_number", vec![]).over(by_driver.clone()),
            f::sum("fare").over(week),
            f::avg("fare").over(Window::all()),
            f::avg("fare").over(by_driver.clone().range_between(Some(Literal::interval(0, 7, 0)), None::<i32>)),
            f::max("fare").over(by_driver.groups_between(Bound::CurrentRow, Bound::UnboundedFollowing).excluding_ties()),
        ))
        .unwrap()
});

plan!(reshaping, {
    trips()
        .group_by("year")
        .unwrap()
        .pivot("quarter", ["Q1", "Q2"])
        .unwrap()
        .agg(f::sum("fare"))
        .unwrap()
        .unpivot(Unpivot::columns(["Q1", "Q2"]).keeping("year").into_columns_named("quarter", "fare").without_nulls())
        .unwrap()
        .pivot(Pivot::on("quarter", [1, 2]).rows("year").cells(f::count(())))
        .unwrap()
        .unnest("tags")
        .unwrap()
        .unnest_with(
            call("std", "string_to_array", vec![col("words"), lit(" ")]),
            Unnest::default().as_column("word").outer().with_ordinality("n"),
        )
        .unwrap()
        .describe(["fare"])
        .unwrap()
});

plan!(nulls, {
    trips()
        .fill_null(0)
        .unwrap()
        .fill_null_of([("vendor", "unknown".into_literal()), ("fare", 0.0.into_literal())])
        .unwrap()
        .drop_nulls(())
        .unwrap()
        .drop_nulls_with(DropNulls::default().of(["a", "b"]).keep_with_at_least(1).nan_too())
        .unwrap()
        .replace("payment", [("CRD", "card"), ("CSH", "cash")])
        .unwrap()
});

plan!(expressions, {
    trips()
        .select((
            when(col("a").gt(1), "big").when(col("a").is_null(), "none").otherwise(null()).alias("size"),
            case("a").when(1, "one").alias("word"),
            col("a").try_cast("int8").alias("small"),
            col("person").field("address").field("city"),
            col("xs").get_item(1).alias("first"),
            col("map").get_key("k").alias("value"),
            (-col("a") % 3 - 1.5).alias("number"),
            (!col("flag")).alias("off"),
            col("name").like_escape("50!%%", '!').alias("half"),
            col("d").between(lit("2024-01-01").cast("date"), lit(chrono::NaiveDate::from_ymd_opt(2024, 12, 31))).alias("in_2024"),
            f::substring("name", 1, 3),
            call("std", "array_transform", vec![col("xs"), lambda("x", |x| x + 1)]).alias("next"),
            sql_expr("a + b").alias("sum"),
        ))
        .unwrap()
});

plan!(literals_of_every_type, {
    let instant = chrono::DateTime::from_timestamp(1_700_000_000, 123_456_000).unwrap();
    let values = [
        lit(true),
        lit(-1_i8),
        lit(u64::MAX),
        lit(1.5_f32),
        lit(f64::NEG_INFINITY),
        lit("it's"),
        lit(b"\x00\xff".as_slice()),
        lit(instant),
        lit(instant.naive_utc()),
        lit(instant.time()),
        lit(std::time::Duration::from_millis(5)),
        lit(Literal::decimal("-12.5", 10, 2).unwrap()),
        lit(Literal::interval(1, 2, 3)),
        lit(Literal::list([Some(1_i64), None])),
        lit(Literal::struct_([("a", 1_i64.into_literal()), ("b", "x".into_literal())])),
        lit(Literal::map([("k", 1_i64)])),
        lit(None::<i32>),
        null(),
    ];
    trips().select(values.to_vec()).unwrap()
});

plan!(sql_over_frames_with_parameters, {
    let trips = trips();
    let options = SqlOptions::new().input("t", &trips).named("least", 50);
    trips.session().sql_with("select * from t where fare > $least", options).unwrap().limit(1).unwrap()
});

plan!(values_and_ranges, {
    let session = session();
    let schema = Schema::new(vec![Field::new("id", DataType::Int64, false), Field::new("name", DataType::Utf8, true)]);
    let rows = [[1.into_literal(), "one".into_literal()], [2.into_literal(), Literal::null()]];
    let values = session.values(&schema, rows).unwrap();
    let series = session.table_function("generate_series", (1, 3)).unwrap();
    values.cross_join(&session.range_by(10, 0, -2).unwrap()).unwrap().cross_join(&series).unwrap()
});

#[test]
fn a_parameter_has_its_type_in_the_plan_and_its_value_beside_it() {
    let frame = trips().filter(col("fare").gt(parameter("least", "float64")).and(col("tip").gt(parameter("least", "float64")))).unwrap();
    let plan = frame.plan().unwrap();
    assert_eq!(plan.plan().parameters.len(), 1, "used twice, declared once");
    assert_eq!(plan.plan().parameters.first().unwrap().name, "least");
}

#[test]
fn a_plan_says_who_made_it_and_which_profile_it_uses() {
    let plan = trips().plan().unwrap();
    assert!(plan.plan().version.as_ref().unwrap().producer.starts_with("rust-client "));
    assert_eq!(plan.plan().profile(), pb::Profile::Surface);
    assert_eq!(text::from_text(&plan.to_text()).unwrap(), *plan.plan());
}

#[test]
fn frames_keep_their_ids_and_plans_their_order() {
    let session = session();
    let a = session.table("a").unwrap();
    let b = a.filter(col("x")).unwrap();
    let joined = b.join(&a, "id", JoinKind::Inner).unwrap();
    let plan = joined.plan().unwrap();
    let ids: Vec<u32> = plan.plan().relations.iter().map(|relation| relation.id).collect();
    assert_eq!(ids, [a.id(), b.id(), joined.id()]);
    assert_eq!(plan.relation(joined.id()).unwrap().inputs, [b.id(), a.id()]);
}
