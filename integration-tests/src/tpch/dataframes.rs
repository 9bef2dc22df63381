//! The 22 queries as DataFrames, with the validation parameters of the specification.

use chrono::NaiveDate;
use polybolos_client::functions::{avg, count, date_part, max, min, substring, sum};
use polybolos_client::{DataFrame, Expr, JoinKind, Literal, Result, col, exists, lit, scalar, when};

use super::Tables;

/// A query, 1 to 22.
pub fn query(number: usize, tables: &Tables) -> Result<DataFrame> {
    const QUERIES: [fn(&Tables) -> Result<DataFrame>; 22] =
        [q1, q2, q3, q4, q5, q6, q7, q8, q9, q10, q11, q12, q13, q14, q15, q16, q17, q18, q19, q20, q21, q22];
    QUERIES[number - 1](tables)
}

fn date(year: i32, month: u32, day: u32) -> Expr {
    lit(NaiveDate::from_ymd_opt(year, month, day).expect("a date of the specification"))
}

fn decimal(text: &str, precision: u8, scale: i8) -> Result<Expr> {
    Ok(lit(Literal::decimal(text, precision, scale)?))
}

fn from_until(column: &str, from: Expr, until: Expr) -> Expr {
    col(column).ge(from) & col(column).lt(until)
}

fn discounted() -> Expr {
    col("l_extendedprice") * (1 - col("l_discount"))
}

fn year_of(column: &str) -> Expr {
    date_part("year", column)
}

/// Inner joins on a pair of columns, which most of the queries are made of.
trait Inner {
    fn inner(&self, right: &DataFrame, left_column: &str, right_column: &str) -> Result<DataFrame>;
}

impl Inner for DataFrame {
    fn inner(&self, right: &DataFrame, left_column: &str, right_column: &str) -> Result<DataFrame> {
        self.join(right, col(left_column).eq(col(right_column)), JoinKind::Inner)
    }
}

fn q1(t: &Tables) -> Result<DataFrame> {
    t.lineitem
        .filter(col("l_shipdate").le(date(1998, 9, 2)))?
        .group_by(["l_returnflag", "l_linestatus"])?
        .agg((
            sum("l_quantity").alias("sum_qty"),
            sum("l_extendedprice").alias("sum_base_price"),
            sum(discounted()).alias("sum_disc_price"),
            sum(discounted() * (1 + col("l_tax"))).alias("sum_charge"),
            avg("l_quantity").alias("avg_qty"),
            avg("l_extendedprice").alias("avg_price"),
            avg("l_discount").alias("avg_disc"),
            count(()).alias("count_order"),
        ))?
        .sort(["l_returnflag", "l_linestatus"])
}

fn suppliers_in(t: &Tables, region: &str) -> Result<DataFrame> {
    t.supplier.inner(&t.nation, "s_nationkey", "n_nationkey")?.inner(
        &t.region.filter(col("r_name").eq(region))?,
        "n_regionkey",
        "r_regionkey",
    )
}

fn q2(t: &Tables) -> Result<DataFrame> {
    let europe = t.partsupp.inner(&suppliers_in(t, "EUROPE")?, "ps_suppkey", "s_suppkey")?;
    let brass = t.part.filter(col("p_size").eq(15) & col("p_type").like("%BRASS"))?;
    let offers = brass.inner(&europe, "p_partkey", "ps_partkey")?;
    let cheapest = europe.filter(col("ps_partkey").eq(offers.outer("p_partkey")))?.agg(min("ps_supplycost").alias("cost"))?;
    offers
        .filter(col("ps_supplycost").eq(scalar(&cheapest)))?
        .select(["s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr", "s_address", "s_phone", "s_comment"])?
        .sort((col("s_acctbal").desc(), "n_name", "s_name", "p_partkey"))?
        .limit(100)
}

fn q3(t: &Tables) -> Result<DataFrame> {
    t.customer
        .filter(col("c_mktsegment").eq("BUILDING"))?
        .inner(&t.orders.filter(col("o_orderdate").lt(date(1995, 3, 15)))?, "c_custkey", "o_custkey")?
        .inner(&t.lineitem.filter(col("l_shipdate").gt(date(1995, 3, 15)))?, "o_orderkey", "l_orderkey")?
        .group_by(["l_orderkey", "o_orderdate", "o_shippriority"])?
        .agg(sum(discounted()).alias("revenue"))?
        .select(["l_orderkey", "revenue", "o_orderdate", "o_shippriority"])?
        .sort((col("revenue").desc(), "o_orderdate"))?
        .limit(10)
}

fn q4(t: &Tables) -> Result<DataFrame> {
    let orders = t.orders.filter(from_until("o_orderdate", date(1993, 7, 1), date(1993, 10, 1)))?;
    let late = t.lineitem.filter(col("l_commitdate").lt(col("l_receiptdate")) & col("l_orderkey").eq(orders.outer("o_orderkey")))?;
    orders.filter(exists(&late))?.group_by("o_orderpriority")?.agg(count(()).alias("order_count"))?.sort("o_orderpriority")
}

fn q5(t: &Tables) -> Result<DataFrame> {
    let orders = t.orders.filter(from_until("o_orderdate", date(1994, 1, 1), date(1995, 1, 1)))?;
    let local = col("l_suppkey").eq(col("s_suppkey")) & col("c_nationkey").eq(col("s_nationkey"));
    t.customer
        .inner(&orders, "c_custkey", "o_custkey")?
        .inner(&t.lineitem, "o_orderkey", "l_orderkey")?
        .join(&suppliers_in(t, "ASIA")?, local, JoinKind::Inner)?
        .group_by("n_name")?
        .agg(sum(discounted()).alias("revenue"))?
        .sort(col("revenue").desc())
}

fn q6(t: &Tables) -> Result<DataFrame> {
    t.lineitem
        .filter(
            from_until("l_shipdate", date(1994, 1, 1), date(1995, 1, 1))
                & col("l_discount").between(decimal("0.05", 15, 2)?, decimal("0.07", 15, 2)?)
                & col("l_quantity").lt(24),
        )?
        .agg(sum(col("l_extendedprice") * col("l_discount")).alias("revenue"))
}

fn q7(t: &Tables) -> Result<DataFrame> {
    let nation =
        |name: &str| t.nation.select((col("n_nationkey").alias(format!("{name}_key")), col("n_name").alias(format!("{name}_nation"))));
    let between = |a: &str, b: &str| col("supp_nation").eq(a) & col("cust_nation").eq(b);
    let lines = t.lineitem.filter(col("l_shipdate").between(date(1995, 1, 1), date(1996, 12, 31)))?;
    t.supplier
        .inner(&lines, "s_suppkey", "l_suppkey")?
        .inner(&t.orders, "l_orderkey", "o_orderkey")?
        .inner(&t.customer, "o_custkey", "c_custkey")?
        .inner(&nation("supp")?, "s_nationkey", "supp_key")?
        .inner(&nation("cust")?, "c_nationkey", "cust_key")?
        .filter(between("FRANCE", "GERMANY") | between("GERMANY", "FRANCE"))?
        .select(("supp_nation", "cust_nation", year_of("l_shipdate").alias("l_year"), discounted().alias("volume")))?
        .group_by(["supp_nation", "cust_nation", "l_year"])?
        .agg(sum("volume").alias("revenue"))?
        .sort(["supp_nation", "cust_nation", "l_year"])
}

fn q8(t: &Tables) -> Result<DataFrame> {
    let orders = t.orders.filter(col("o_orderdate").between(date(1995, 1, 1), date(1996, 12, 31)))?;
    let america = t.nation.inner(&t.region.filter(col("r_name").eq("AMERICA"))?, "n_regionkey", "r_regionkey")?.select("n_nationkey")?;
    let origin = t.nation.select((col("n_nationkey").alias("origin_key"), col("n_name").alias("nation")))?;
    t.part
        .filter(col("p_type").eq("ECONOMY ANODIZED STEEL"))?
        .inner(&t.lineitem, "p_partkey", "l_partkey")?
        .inner(&t.supplier, "l_suppkey", "s_suppkey")?
        .inner(&orders, "l_orderkey", "o_orderkey")?
        .inner(&t.customer, "o_custkey", "c_custkey")?
        .inner(&america, "c_nationkey", "n_nationkey")?
        .inner(&origin, "s_nationkey", "origin_key")?
        .select((year_of("o_orderdate").alias("o_year"), discounted().alias("volume"), "nation"))?
        .group_by("o_year")?
        .agg((sum(when(col("nation").eq("BRAZIL"), col("volume")).otherwise(0)) / sum("volume")).alias("mkt_share"))?
        .sort("o_year")
}

fn q9(t: &Tables) -> Result<DataFrame> {
    let offered = col("l_suppkey").eq(col("ps_suppkey")) & col("l_partkey").eq(col("ps_partkey"));
    t.part
        .filter(col("p_name").like("%green%"))?
        .inner(&t.lineitem, "p_partkey", "l_partkey")?
        .inner(&t.supplier, "l_suppkey", "s_suppkey")?
        .join(&t.partsupp, offered, JoinKind::Inner)?
        .inner(&t.orders, "l_orderkey", "o_orderkey")?
        .inner(&t.nation, "s_nationkey", "n_nationkey")?
        .select((
            col("n_name").alias("nation"),
            year_of("o_orderdate").alias("o_year"),
            (discounted() - col("ps_supplycost") * col("l_quantity")).alias("amount"),
        ))?
        .group_by(["nation", "o_year"])?
        .agg(sum("amount").alias("sum_profit"))?
        .sort((col("nation").asc(), col("o_year").desc()))
}

fn q10(t: &Tables) -> Result<DataFrame> {
    t.customer
        .inner(&t.orders.filter(from_until("o_orderdate", date(1993, 10, 1), date(1994, 1, 1)))?, "c_custkey", "o_custkey")?
        .inner(&t.lineitem.filter(col("l_returnflag").eq("R"))?, "o_orderkey", "l_orderkey")?
        .inner(&t.nation, "c_nationkey", "n_nationkey")?
        .group_by(["c_custkey", "c_name", "c_acctbal", "c_phone", "n_name", "c_address", "c_comment"])?
        .agg(sum(discounted()).alias("revenue"))?
        .select(["c_custkey", "c_name", "revenue", "c_acctbal", "n_name", "c_address", "c_phone", "c_comment"])?
        .sort(col("revenue").desc())?
        .limit(20)
}

fn q11(t: &Tables) -> Result<DataFrame> {
    let value = || sum(col("ps_supplycost") * col("ps_availqty"));
    let german = t.nation.filter(col("n_name").eq("GERMANY"))?;
    let stock = t.partsupp.inner(&t.supplier, "ps_suppkey", "s_suppkey")?.inner(&german, "s_nationkey", "n_nationkey")?;
    let threshold = stock.agg((value() * decimal("0.0001", 5, 4)?).alias("threshold"))?;
    stock.group_by("ps_partkey")?.agg(value().alias("value"))?.filter(col("value").gt(scalar(&threshold)))?.sort(col("value").desc())
}

fn q12(t: &Tables) -> Result<DataFrame> {
    let lines = t.lineitem.filter(
        col("l_shipmode").in_(["MAIL", "SHIP"])
            & col("l_commitdate").lt(col("l_receiptdate"))
            & col("l_shipdate").lt(col("l_commitdate"))
            & from_until("l_receiptdate", date(1994, 1, 1), date(1995, 1, 1)),
    )?;
    let urgent = || col("o_orderpriority").in_(["1-URGENT", "2-HIGH"]);
    t.orders
        .inner(&lines, "o_orderkey", "l_orderkey")?
        .group_by("l_shipmode")?
        .agg((sum(when(urgent(), 1).otherwise(0)).alias("high_line_count"), sum(when(urgent(), 0).otherwise(1)).alias("low_line_count")))?
        .sort("l_shipmode")
}

fn q13(t: &Tables) -> Result<DataFrame> {
    let usual = t.orders.filter(col("o_comment").not_like("%special%requests%"))?;
    t.customer
        .join(&usual, col("c_custkey").eq(col("o_custkey")), JoinKind::Left)?
        .group_by("c_custkey")?
        .agg(count("o_orderkey").alias("c_count"))?
        .group_by("c_count")?
        .agg(count(()).alias("custdist"))?
        .sort((col("custdist").desc(), col("c_count").desc()))
}

fn q14(t: &Tables) -> Result<DataFrame> {
    let promoted = when(col("p_type").like("PROMO%"), discounted()).otherwise(0);
    t.lineitem
        .filter(from_until("l_shipdate", date(1995, 9, 1), date(1995, 10, 1)))?
        .inner(&t.part, "l_partkey", "p_partkey")?
        .agg((decimal("100.00", 5, 2)? * sum(promoted) / sum(discounted())).alias("promo_revenue"))
}

fn q15(t: &Tables) -> Result<DataFrame> {
    let revenue = t
        .lineitem
        .filter(from_until("l_shipdate", date(1996, 1, 1), date(1996, 4, 1)))?
        .group_by(col("l_suppkey").alias("supplier_no"))?
        .agg(sum(discounted()).alias("total_revenue"))?;
    let most = revenue.agg(max("total_revenue").alias("most"))?;
    t.supplier
        .inner(&revenue.filter(col("total_revenue").eq(scalar(&most)))?, "s_suppkey", "supplier_no")?
        .select(["s_suppkey", "s_name", "s_address", "s_phone", "total_revenue"])?
        .sort("s_suppkey")
}

fn q16(t: &Tables) -> Result<DataFrame> {
    let complained = t.supplier.filter(col("s_comment").like("%Customer%Complaints%"))?.select("s_suppkey")?;
    let parts = t.part.filter(
        col("p_brand").ne("Brand#45") & col("p_type").not_like("MEDIUM POLISHED%") & col("p_size").in_([49, 14, 23, 45, 19, 3, 36, 9]),
    )?;
    t.partsupp
        .inner(&parts, "ps_partkey", "p_partkey")?
        .filter(col("ps_suppkey").not_in_subquery(&complained))?
        .group_by(["p_brand", "p_type", "p_size"])?
        .agg(count("ps_suppkey").distinct().alias("supplier_cnt"))?
        .sort((col("supplier_cnt").desc(), "p_brand", "p_type", "p_size"))
}

fn q17(t: &Tables) -> Result<DataFrame> {
    let boxes = t.part.filter(col("p_brand").eq("Brand#23") & col("p_container").eq("MED BOX"))?;
    let lines = t.lineitem.inner(&boxes, "l_partkey", "p_partkey")?;
    let usual = t
        .lineitem
        .filter(col("l_partkey").eq(lines.outer("p_partkey")))?
        .agg((decimal("0.2", 2, 1)? * avg("l_quantity")).alias("usual"))?;
    lines.filter(col("l_quantity").lt(scalar(&usual)))?.agg((sum("l_extendedprice") / decimal("7.0", 2, 1)?).alias("avg_yearly"))
}

fn q18(t: &Tables) -> Result<DataFrame> {
    let large = t
        .lineitem
        .group_by("l_orderkey")?
        .agg(sum("l_quantity").alias("quantity"))?
        .filter(col("quantity").gt(300))?
        .select("l_orderkey")?;
    t.customer
        .inner(&t.orders.filter(col("o_orderkey").in_subquery(&large))?, "c_custkey", "o_custkey")?
        .inner(&t.lineitem, "o_orderkey", "l_orderkey")?
        .group_by(["c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice"])?
        .agg(sum("l_quantity").alias("sum_quantity"))?
        .sort((col("o_totalprice").desc(), col("o_orderdate").asc()))?
        .limit(100)
}

fn q19(t: &Tables) -> Result<DataFrame> {
    let kind = |brand: &str, containers: [&str; 4], quantity: i64, size: i64| {
        col("p_brand").eq(brand)
            & col("p_container").in_(containers)
            & col("l_quantity").between(quantity, quantity + 10)
            & col("p_size").between(1, size)
    };
    let lines = t.lineitem.filter(col("l_shipmode").in_(["AIR", "AIR REG"]) & col("l_shipinstruct").eq("DELIVER IN PERSON"))?;
    lines
        .inner(&t.part, "l_partkey", "p_partkey")?
        .filter(
            kind("Brand#12", ["SM CASE", "SM BOX", "SM PACK", "SM PKG"], 1, 5)
                | kind("Brand#23", ["MED BAG", "MED BOX", "MED PKG", "MED PACK"], 10, 10)
                | kind("Brand#34", ["LG CASE", "LG BOX", "LG PACK", "LG PKG"], 20, 15),
        )?
        .agg(sum(discounted()).alias("revenue"))
}

fn q20(t: &Tables) -> Result<DataFrame> {
    let forest = t.part.filter(col("p_name").like("forest%"))?.select("p_partkey")?;
    let offers = t.partsupp.filter(col("ps_partkey").in_subquery(&forest))?;
    let shipped = t
        .lineitem
        .filter(
            col("l_partkey").eq(offers.outer("ps_partkey"))
                & col("l_suppkey").eq(offers.outer("ps_suppkey"))
                & from_until("l_shipdate", date(1994, 1, 1), date(1995, 1, 1)),
        )?
        .agg((decimal("0.5", 2, 1)? * sum("l_quantity")).alias("half"))?;
    let excess = offers.filter(col("ps_availqty").gt(scalar(&shipped)))?.select("ps_suppkey")?;
    t.supplier
        .filter(col("s_suppkey").in_subquery(&excess))?
        .inner(&t.nation.filter(col("n_name").eq("CANADA"))?, "s_nationkey", "n_nationkey")?
        .select(["s_name", "s_address"])?
        .sort("s_name")
}

fn q21(t: &Tables) -> Result<DataFrame> {
    let waited = t
        .supplier
        .inner(&t.lineitem.filter(col("l_receiptdate").gt(col("l_commitdate")))?, "s_suppkey", "l_suppkey")?
        .inner(&t.orders.filter(col("o_orderstatus").eq("F"))?, "l_orderkey", "o_orderkey")?
        .inner(&t.nation.filter(col("n_name").eq("SAUDI ARABIA"))?, "s_nationkey", "n_nationkey")?;
    let others = t.lineitem.filter(col("l_orderkey").eq(waited.outer("l_orderkey")) & col("l_suppkey").ne(waited.outer("l_suppkey")))?;
    let late_others = others.filter(col("l_receiptdate").gt(col("l_commitdate")))?;
    waited
        .filter(exists(&others) & !exists(&late_others))?
        .group_by("s_name")?
        .agg(count(()).alias("numwait"))?
        .sort((col("numwait").desc(), col("s_name").asc()))?
        .limit(100)
}

fn q22(t: &Tables) -> Result<DataFrame> {
    let code = || substring("c_phone", 1, 2);
    let chosen = t.customer.filter(code().in_(["13", "31", "23", "29", "30", "18", "17"]))?;
    let usual = chosen.filter(col("c_acctbal").gt(decimal("0.00", 3, 2)?))?.agg(avg("c_acctbal").alias("usual"))?;
    let rich = chosen.filter(col("c_acctbal").gt(scalar(&usual)))?;
    let orders = t.orders.filter(col("o_custkey").eq(rich.outer("c_custkey")))?;
    rich.filter(!exists(&orders))?
        .select((code().alias("cntrycode"), "c_acctbal"))?
        .group_by("cntrycode")?
        .agg((count(()).alias("numcust"), sum("c_acctbal").alias("totacctbal")))?
        .sort("cntrycode")
}
