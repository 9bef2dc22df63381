package io.polybolos.bench

import io.polybolos.DataFrame
import io.polybolos.Expr
import io.polybolos.JoinKind
import io.polybolos.Predicate
import io.polybolos.Session
import io.polybolos.col
import io.polybolos.exists
import io.polybolos.functions.avg
import io.polybolos.functions.count
import io.polybolos.functions.max
import io.polybolos.functions.min
import io.polybolos.functions.substring
import io.polybolos.functions.sum
import io.polybolos.functions.year
import io.polybolos.minus
import io.polybolos.plus
import io.polybolos.scalar
import io.polybolos.times
import io.polybolos.whenever
import java.math.BigDecimal
import java.time.LocalDate

/** The 22 queries of TPC-H as DataFrames, with the validation parameters of the specification. */
public object TpchQueries {
    private val queries: List<(Tables) -> DataFrame> = listOf(
        ::q01, ::q02, ::q03, ::q04, ::q05, ::q06, ::q07, ::q08, ::q09, ::q10, ::q11,
        ::q12, ::q13, ::q14, ::q15, ::q16, ::q17, ::q18, ::q19, ::q20, ::q21, ::q22,
    )

    /** Their names: `q01` to `q22`. */
    @JvmField
    public val NAMES: List<String> = queries.indices.map { "q%02d".format(it + 1) }

    /** All of them by name, over the tables that `polybolos demo tpch` wrote into the folder. */
    @JvmStatic
    public fun all(session: Session, folder: String): Map<String, DataFrame> {
        val tables = Tables(session, folder)
        return NAMES.zip(queries) { name, query -> name to query(tables) }.toMap()
    }
}

/** The tables of one folder in one session. */
private class Tables(private val session: Session, private val folder: String) {
    val region = table("region")
    val nation = table("nation")
    val supplier = table("supplier")
    val customer = table("customer")
    val part = table("part")
    val partsupp = table("partsupp")
    val orders = table("orders")
    val lineitem = table("lineitem")

    private fun table(name: String) = session.readParquet("$folder/$name")
}

/** The columns on which two tables meet. */
private fun on(left: String, right: String): Predicate = col(left) eq col(right)

private fun day(year: Int, month: Int, day: Int): LocalDate = LocalDate.of(year, month, day)

/** From a day up to another, without it. */
private fun within(column: String, start: LocalDate, end: LocalDate): Predicate = (col(column) gte start) and (col(column) lt end)

private fun within(column: String, year: Int): Predicate = within(column, day(year, 1, 1), day(year + 1, 1, 1))

private fun discounted(): Expr = col("l_extendedprice") * (1 - col("l_discount"))

private fun suppliersIn(t: Tables, region: String): DataFrame = t.supplier
    .join(t.nation, on("s_nationkey", "n_nationkey"))
    .join(t.region.filter(col("r_name") eq region), on("n_regionkey", "r_regionkey"))

private fun q01(t: Tables): DataFrame = t.lineitem
    .filter(col("l_shipdate") lte day(1998, 9, 2))
    .groupBy("l_returnflag", "l_linestatus")
    .agg(
        sum("l_quantity") alias "sum_qty",
        sum("l_extendedprice") alias "sum_base_price",
        sum(discounted()) alias "sum_disc_price",
        sum(discounted() * (1 + col("l_tax"))) alias "sum_charge",
        avg("l_quantity") alias "avg_qty",
        avg("l_extendedprice") alias "avg_price",
        avg("l_discount") alias "avg_disc",
        count() alias "count_order",
    )
    .sort("l_returnflag", "l_linestatus")

private fun q02(t: Tables): DataFrame {
    val europe = t.partsupp.join(suppliersIn(t, "EUROPE"), on("ps_suppkey", "s_suppkey"))
    val brass = t.part.filter((col("p_size") eq 15) and (col("p_type") like "%BRASS"))
    val offers = brass.join(europe, on("p_partkey", "ps_partkey"))
    val cheapest = europe.filter(col("ps_partkey") eq offers.outer("p_partkey")).agg(min("ps_supplycost") alias "cost")
    return offers
        .filter(col("ps_supplycost") eq scalar(cheapest))
        .select("s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr", "s_address", "s_phone", "s_comment")
        .sort(col("s_acctbal").desc(), "n_name", "s_name", "p_partkey")
        .limit(100)
}

private fun q03(t: Tables): DataFrame {
    val day = day(1995, 3, 15)
    return t.customer
        .filter(col("c_mktsegment") eq "BUILDING")
        .join(t.orders.filter(col("o_orderdate") lt day), on("c_custkey", "o_custkey"))
        .join(t.lineitem.filter(col("l_shipdate") gt day), on("o_orderkey", "l_orderkey"))
        .groupBy("l_orderkey", "o_orderdate", "o_shippriority")
        .agg(sum(discounted()) alias "revenue")
        .select("l_orderkey", "revenue", "o_orderdate", "o_shippriority")
        .sort(col("revenue").desc(), "o_orderdate")
        .limit(10)
}

private fun q04(t: Tables): DataFrame {
    val orders = t.orders.filter(within("o_orderdate", day(1993, 7, 1), day(1993, 10, 1)))
    val late = t.lineitem.filter((col("l_commitdate") lt col("l_receiptdate")) and (col("l_orderkey") eq orders.outer("o_orderkey")))
    return orders.filter(exists(late)).groupBy("o_orderpriority").agg(count() alias "order_count").sort("o_orderpriority")
}

private fun q05(t: Tables): DataFrame = t.customer
    .join(t.orders.filter(within("o_orderdate", 1994)), on("c_custkey", "o_custkey"))
    .join(t.lineitem, on("o_orderkey", "l_orderkey"))
    .join(suppliersIn(t, "ASIA"), on("l_suppkey", "s_suppkey") and on("c_nationkey", "s_nationkey"))
    .groupBy("n_name")
    .agg(sum(discounted()) alias "revenue")
    .sort(col("revenue").desc())

private fun q06(t: Tables): DataFrame {
    val cheap = col("l_discount").between(BigDecimal("0.05"), BigDecimal("0.07")) and (col("l_quantity") lt 24)
    return t.lineitem.filter(within("l_shipdate", 1994) and cheap).agg(sum(col("l_extendedprice") * col("l_discount")) alias "revenue")
}

private fun q07(t: Tables): DataFrame {
    fun between(supplier: String, customer: String) = (col("supp_nation") eq supplier) and (col("cust_nation") eq customer)

    val lines = t.lineitem.filter(col("l_shipdate").between(day(1995, 1, 1), day(1996, 12, 31)))
    val sellers = t.nation.select(col("n_nationkey") alias "supp_key", col("n_name") alias "supp_nation")
    val buyers = t.nation.select(col("n_nationkey") alias "cust_key", col("n_name") alias "cust_nation")
    return t.supplier
        .join(lines, on("s_suppkey", "l_suppkey"))
        .join(t.orders, on("l_orderkey", "o_orderkey"))
        .join(t.customer, on("o_custkey", "c_custkey"))
        .join(sellers, on("s_nationkey", "supp_key"))
        .join(buyers, on("c_nationkey", "cust_key"))
        .filter(between("FRANCE", "GERMANY") or between("GERMANY", "FRANCE"))
        .select("supp_nation", "cust_nation", year("l_shipdate") alias "l_year", discounted() alias "volume")
        .groupBy("supp_nation", "cust_nation", "l_year")
        .agg(sum("volume") alias "revenue")
        .sort("supp_nation", "cust_nation", "l_year")
}

private fun q08(t: Tables): DataFrame {
    val orders = t.orders.filter(col("o_orderdate").between(day(1995, 1, 1), day(1996, 12, 31)))
    val america = t.nation.join(t.region.filter(col("r_name") eq "AMERICA"), on("n_regionkey", "r_regionkey")).select("n_nationkey")
    val origins = t.nation.select(col("n_nationkey") alias "origin_key", col("n_name") alias "nation")
    val brazilian = whenever(col("nation") eq "BRAZIL", col("volume")).otherwise(0)
    return t.part
        .filter(col("p_type") eq "ECONOMY ANODIZED STEEL")
        .join(t.lineitem, on("p_partkey", "l_partkey"))
        .join(t.supplier, on("l_suppkey", "s_suppkey"))
        .join(orders, on("l_orderkey", "o_orderkey"))
        .join(t.customer, on("o_custkey", "c_custkey"))
        .join(america, on("c_nationkey", "n_nationkey"))
        .join(origins, on("s_nationkey", "origin_key"))
        .select("nation", year("o_orderdate") alias "o_year", discounted() alias "volume")
        .groupBy("o_year")
        .agg(sum(brazilian) / sum("volume") alias "mkt_share")
        .sort("o_year")
}

private fun q09(t: Tables): DataFrame = t.part
    .filter(col("p_name") like "%green%")
    .join(t.lineitem, on("p_partkey", "l_partkey"))
    .join(t.supplier, on("l_suppkey", "s_suppkey"))
    .join(t.partsupp, on("l_suppkey", "ps_suppkey") and on("l_partkey", "ps_partkey"))
    .join(t.orders, on("l_orderkey", "o_orderkey"))
    .join(t.nation, on("s_nationkey", "n_nationkey"))
    .groupBy(col("n_name") alias "nation", year("o_orderdate") alias "o_year")
    .agg(sum(discounted() - col("ps_supplycost") * col("l_quantity")) alias "sum_profit")
    .sort("nation", col("o_year").desc())

private fun q10(t: Tables): DataFrame = t.customer
    .join(t.orders.filter(within("o_orderdate", day(1993, 10, 1), day(1994, 1, 1))), on("c_custkey", "o_custkey"))
    .join(t.lineitem.filter(col("l_returnflag") eq "R"), on("o_orderkey", "l_orderkey"))
    .join(t.nation, on("c_nationkey", "n_nationkey"))
    .groupBy("c_custkey", "c_name", "c_acctbal", "c_phone", "n_name", "c_address", "c_comment")
    .agg(sum(discounted()) alias "revenue")
    .select("c_custkey", "c_name", "revenue", "c_acctbal", "n_name", "c_address", "c_phone", "c_comment")
    .sort(col("revenue").desc())
    .limit(20)

private fun q11(t: Tables): DataFrame {
    val value = sum(col("ps_supplycost") * col("ps_availqty"))
    val german = t.nation.filter(col("n_name") eq "GERMANY")
    val stock = t.partsupp.join(t.supplier, on("ps_suppkey", "s_suppkey")).join(german, on("s_nationkey", "n_nationkey"))
    val threshold = stock.agg(value * BigDecimal("0.0001") alias "threshold")
    return stock
        .groupBy("ps_partkey")
        .agg(value alias "value")
        .filter(col("value") gt scalar(threshold))
        .sort(col("value").desc())
}

private fun q12(t: Tables): DataFrame {
    val lateness = (col("l_commitdate") lt col("l_receiptdate")) and (col("l_shipdate") lt col("l_commitdate"))
    val lines = t.lineitem.filter(col("l_shipmode").inList("MAIL", "SHIP") and lateness and within("l_receiptdate", 1994))
    val urgent = col("o_orderpriority").inList("1-URGENT", "2-HIGH")
    return t.orders
        .join(lines, on("o_orderkey", "l_orderkey"))
        .groupBy("l_shipmode")
        .agg(
            sum(whenever(urgent, 1).otherwise(0)) alias "high_line_count",
            sum(whenever(urgent, 0).otherwise(1)) alias "low_line_count",
        )
        .sort("l_shipmode")
}

private fun q13(t: Tables): DataFrame = t.customer
    .join(t.orders.filter(col("o_comment") notLike "%special%requests%"), on("c_custkey", "o_custkey"), JoinKind.LEFT)
    .groupBy("c_custkey")
    .agg(count("o_orderkey") alias "c_count")
    .groupBy("c_count")
    .agg(count() alias "custdist")
    .sort(col("custdist").desc(), col("c_count").desc())

private fun q14(t: Tables): DataFrame {
    val promoted = whenever(col("p_type") like "PROMO%", discounted()).otherwise(0)
    return t.lineitem
        .filter(within("l_shipdate", day(1995, 9, 1), day(1995, 10, 1)))
        .join(t.part, on("l_partkey", "p_partkey"))
        .agg(BigDecimal("100.00") * sum(promoted) / sum(discounted()) alias "promo_revenue")
}

private fun q15(t: Tables): DataFrame {
    val revenue = t.lineitem
        .filter(within("l_shipdate", day(1996, 1, 1), day(1996, 4, 1)))
        .groupBy(col("l_suppkey") alias "supplier_no")
        .agg(sum(discounted()) alias "total_revenue")
    val most = revenue.agg(max("total_revenue") alias "most")
    return t.supplier
        .join(revenue.filter(col("total_revenue") eq scalar(most)), on("s_suppkey", "supplier_no"))
        .select("s_suppkey", "s_name", "s_address", "s_phone", "total_revenue")
        .sort("s_suppkey")
}

private fun q16(t: Tables): DataFrame {
    val complained = t.supplier.filter(col("s_comment") like "%Customer%Complaints%").select("s_suppkey")
    val other = (col("p_brand") neq "Brand#45") and (col("p_type") notLike "MEDIUM POLISHED%")
    val parts = t.part.filter(other and col("p_size").inList(49, 14, 23, 45, 19, 3, 36, 9))
    return t.partsupp
        .join(parts, on("ps_partkey", "p_partkey"))
        .filter(col("ps_suppkey") notInSubquery complained)
        .groupBy("p_brand", "p_type", "p_size")
        .agg(count("ps_suppkey").distinct() alias "supplier_cnt")
        .sort(col("supplier_cnt").desc(), "p_brand", "p_type", "p_size")
}

private fun q17(t: Tables): DataFrame {
    val boxes = t.part.filter((col("p_brand") eq "Brand#23") and (col("p_container") eq "MED BOX"))
    val lines = t.lineitem.join(boxes, on("l_partkey", "p_partkey"))
    val same = t.lineitem.filter(col("l_partkey") eq lines.outer("p_partkey"))
    val usual = same.agg(BigDecimal("0.2") * avg("l_quantity") alias "usual")
    return lines.filter(col("l_quantity") lt scalar(usual)).agg(sum("l_extendedprice") / BigDecimal("7.0") alias "avg_yearly")
}

private fun q18(t: Tables): DataFrame {
    val sums = t.lineitem.groupBy("l_orderkey").agg(sum("l_quantity") alias "quantity")
    val large = sums.filter(col("quantity") gt 300).select("l_orderkey")
    return t.customer
        .join(t.orders.filter(col("o_orderkey") inSubquery large), on("c_custkey", "o_custkey"))
        .join(t.lineitem, on("o_orderkey", "l_orderkey"))
        .groupBy("c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice")
        .agg(sum("l_quantity") alias "sum_quantity")
        .sort(col("o_totalprice").desc(), "o_orderdate")
        .limit(100)
}

private fun q19(t: Tables): DataFrame {
    fun kind(brand: String, containers: List<String>, quantity: Int, size: Int) =
        (col("p_brand") eq brand) and
            (col("p_container") inList containers) and
            col("l_quantity").between(quantity, quantity + 10) and
            col("p_size").between(1, size)

    val small = kind("Brand#12", listOf("SM CASE", "SM BOX", "SM PACK", "SM PKG"), 1, 5)
    val medium = kind("Brand#23", listOf("MED BAG", "MED BOX", "MED PKG", "MED PACK"), 10, 10)
    val large = kind("Brand#34", listOf("LG CASE", "LG BOX", "LG PACK", "LG PKG"), 20, 15)
    return t.lineitem
        .filter(col("l_shipmode").inList("AIR", "AIR REG") and (col("l_shipinstruct") eq "DELIVER IN PERSON"))
        .join(t.part, on("l_partkey", "p_partkey"))
        .filter(small or medium or large)
        .agg(sum(discounted()) alias "revenue")
}

private fun q20(t: Tables): DataFrame {
    val forest = t.part.filter(col("p_name") like "forest%").select("p_partkey")
    val offers = t.partsupp.filter(col("ps_partkey") inSubquery forest)
    val offered = (col("l_partkey") eq offers.outer("ps_partkey")) and (col("l_suppkey") eq offers.outer("ps_suppkey"))
    val shipped = t.lineitem.filter(offered and within("l_shipdate", 1994)).agg(BigDecimal("0.5") * sum("l_quantity") alias "half")
    val excess = offers.filter(col("ps_availqty") gt scalar(shipped)).select("ps_suppkey")
    return t.supplier
        .filter(col("s_suppkey") inSubquery excess)
        .join(t.nation.filter(col("n_name") eq "CANADA"), on("s_nationkey", "n_nationkey"))
        .select("s_name", "s_address")
        .sort("s_name")
}

private fun q21(t: Tables): DataFrame {
    val late = col("l_receiptdate") gt col("l_commitdate")
    val waited = t.supplier
        .join(t.lineitem.filter(late), on("s_suppkey", "l_suppkey"))
        .join(t.orders.filter(col("o_orderstatus") eq "F"), on("l_orderkey", "o_orderkey"))
        .join(t.nation.filter(col("n_name") eq "SAUDI ARABIA"), on("s_nationkey", "n_nationkey"))
    val others = t.lineitem.filter(
        (col("l_orderkey") eq waited.outer("l_orderkey")) and (col("l_suppkey") neq waited.outer("l_suppkey")),
    )
    return waited
        .filter(exists(others) and !exists(others.filter(late)))
        .groupBy("s_name")
        .agg(count() alias "numwait")
        .sort(col("numwait").desc(), "s_name")
        .limit(100)
}

private fun q22(t: Tables): DataFrame {
    val code = substring("c_phone", 1, 2)
    val chosen = t.customer.filter(code.inList("13", "31", "23", "29", "30", "18", "17"))
    val usual = chosen.filter(col("c_acctbal") gt BigDecimal("0.00")).agg(avg("c_acctbal") alias "usual")
    val rich = chosen.filter(col("c_acctbal") gt scalar(usual))
    val orders = t.orders.filter(col("o_custkey") eq rich.outer("c_custkey"))
    return rich
        .filter(!exists(orders))
        .groupBy(code alias "cntrycode")
        .agg(count() alias "numcust", sum("c_acctbal") alias "totacctbal")
        .sort("cntrycode")
}
