"""The 22 queries of TPC-H as DataFrames, with the validation parameters of the specification: `QUERIES[1](tables)`."""

import datetime as dt
import pathlib
from decimal import Decimal

import polybolos as pb
from polybolos import col, exists, scalar, when
from polybolos import functions as F


class Tables:
    """The tables of a folder of `polybolos demo tpch`, as DataFrames of a session: `tables.lineitem`."""

    def __init__(self, session: pb.Session, folder: pathlib.Path):
        for name in ["region", "nation", "supplier", "customer", "part", "partsupp", "orders", "lineitem"]:
            setattr(self, name, session.read_parquet(str(folder / name)))


def on(left: str, right: str) -> pb.Expr:
    """The columns on which two tables meet."""
    return col(left) == col(right)


def within(column: str, start: dt.date, end: dt.date) -> pb.Expr:
    """From a day up to another, without it."""
    return (col(column) >= start) & (col(column) < end)


def discounted() -> pb.Expr:
    return col("l_extendedprice") * (1 - col("l_discount"))


def q01(t: Tables) -> pb.DataFrame:
    return (
        t.lineitem.filter(col("l_shipdate") <= dt.date(1998, 9, 2))
        .group_by("l_returnflag", "l_linestatus")
        .agg(
            sum_qty=F.sum("l_quantity"),
            sum_base_price=F.sum("l_extendedprice"),
            sum_disc_price=F.sum(discounted()),
            sum_charge=F.sum(discounted() * (1 + col("l_tax"))),
            avg_qty=F.avg("l_quantity"),
            avg_price=F.avg("l_extendedprice"),
            avg_disc=F.avg("l_discount"),
            count_order=F.count(),
        )
        .sort("l_returnflag", "l_linestatus")
    )


def suppliers_in(t: Tables, region: str) -> pb.DataFrame:
    return t.supplier.join(t.nation, on("s_nationkey", "n_nationkey")).join(
        t.region.filter(col("r_name") == region), on("n_regionkey", "r_regionkey")
    )


def q02(t: Tables) -> pb.DataFrame:
    europe = t.partsupp.join(suppliers_in(t, "EUROPE"), on("ps_suppkey", "s_suppkey"))
    brass = t.part.filter(col("p_size") == 15, col("p_type").like("%BRASS"))
    offers = brass.join(europe, on("p_partkey", "ps_partkey"))
    cheapest = europe.filter(col("ps_partkey") == offers.outer("p_partkey")).agg(cost=F.min("ps_supplycost"))
    return (
        offers.filter(col("ps_supplycost") == scalar(cheapest))
        .select("s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr", "s_address", "s_phone", "s_comment")
        .sort(col("s_acctbal").desc(), "n_name", "s_name", "p_partkey")
        .limit(100)
    )


def q03(t: Tables) -> pb.DataFrame:
    day = dt.date(1995, 3, 15)
    return (
        t.customer.filter(col("c_mktsegment") == "BUILDING")
        .join(t.orders.filter(col("o_orderdate") < day), on("c_custkey", "o_custkey"))
        .join(t.lineitem.filter(col("l_shipdate") > day), on("o_orderkey", "l_orderkey"))
        .group_by("l_orderkey", "o_orderdate", "o_shippriority")
        .agg(revenue=F.sum(discounted()))
        .select("l_orderkey", "revenue", "o_orderdate", "o_shippriority")
        .sort(col("revenue").desc(), "o_orderdate")
        .limit(10)
    )


def q04(t: Tables) -> pb.DataFrame:
    orders = t.orders.filter(within("o_orderdate", dt.date(1993, 7, 1), dt.date(1993, 10, 1)))
    late = t.lineitem.filter(col("l_commitdate") < col("l_receiptdate"), col("l_orderkey") == orders.outer("o_orderkey"))
    return orders.filter(exists(late)).group_by("o_orderpriority").agg(order_count=F.count()).sort("o_orderpriority")


def q05(t: Tables) -> pb.DataFrame:
    orders = t.orders.filter(within("o_orderdate", dt.date(1994, 1, 1), dt.date(1995, 1, 1)))
    local = on("l_suppkey", "s_suppkey") & on("c_nationkey", "s_nationkey")
    return (
        t.customer.join(orders, on("c_custkey", "o_custkey"))
        .join(t.lineitem, on("o_orderkey", "l_orderkey"))
        .join(suppliers_in(t, "ASIA"), local)
        .group_by("n_name")
        .agg(revenue=F.sum(discounted()))
        .sort(col("revenue").desc())
    )


def q06(t: Tables) -> pb.DataFrame:
    return t.lineitem.filter(
        within("l_shipdate", dt.date(1994, 1, 1), dt.date(1995, 1, 1)),
        col("l_discount").between(Decimal("0.05"), Decimal("0.07")),
        col("l_quantity") < 24,
    ).agg(revenue=F.sum(col("l_extendedprice") * col("l_discount")))


def q07(t: Tables) -> pb.DataFrame:
    def between(supplier: str, customer: str) -> pb.Expr:
        return (col("supp_nation") == supplier) & (col("cust_nation") == customer)

    lines = t.lineitem.filter(col("l_shipdate").between(dt.date(1995, 1, 1), dt.date(1996, 12, 31)))
    return (
        t.supplier.join(lines, on("s_suppkey", "l_suppkey"))
        .join(t.orders, on("l_orderkey", "o_orderkey"))
        .join(t.customer, on("o_custkey", "c_custkey"))
        .join(t.nation.select(supp_key="n_nationkey", supp_nation="n_name"), on("s_nationkey", "supp_key"))
        .join(t.nation.select(cust_key="n_nationkey", cust_nation="n_name"), on("c_nationkey", "cust_key"))
        .filter(between("FRANCE", "GERMANY") | between("GERMANY", "FRANCE"))
        .select("supp_nation", "cust_nation", l_year=F.year("l_shipdate"), volume=discounted())
        .group_by("supp_nation", "cust_nation", "l_year")
        .agg(revenue=F.sum("volume"))
        .sort("supp_nation", "cust_nation", "l_year")
    )


def q08(t: Tables) -> pb.DataFrame:
    orders = t.orders.filter(col("o_orderdate").between(dt.date(1995, 1, 1), dt.date(1996, 12, 31)))
    america = t.nation.join(t.region.filter(col("r_name") == "AMERICA"), on("n_regionkey", "r_regionkey")).select("n_nationkey")
    brazilian = when(col("nation") == "BRAZIL", col("volume")).otherwise(0)
    return (
        t.part.filter(col("p_type") == "ECONOMY ANODIZED STEEL")
        .join(t.lineitem, on("p_partkey", "l_partkey"))
        .join(t.supplier, on("l_suppkey", "s_suppkey"))
        .join(orders, on("l_orderkey", "o_orderkey"))
        .join(t.customer, on("o_custkey", "c_custkey"))
        .join(america, on("c_nationkey", "n_nationkey"))
        .join(t.nation.select(origin_key="n_nationkey", nation="n_name"), on("s_nationkey", "origin_key"))
        .select("nation", o_year=F.year("o_orderdate"), volume=discounted())
        .group_by("o_year")
        .agg(mkt_share=F.sum(brazilian) / F.sum("volume"))
        .sort("o_year")
    )


def q09(t: Tables) -> pb.DataFrame:
    offered = on("l_suppkey", "ps_suppkey") & on("l_partkey", "ps_partkey")
    return (
        t.part.filter(col("p_name").like("%green%"))
        .join(t.lineitem, on("p_partkey", "l_partkey"))
        .join(t.supplier, on("l_suppkey", "s_suppkey"))
        .join(t.partsupp, offered)
        .join(t.orders, on("l_orderkey", "o_orderkey"))
        .join(t.nation, on("s_nationkey", "n_nationkey"))
        .group_by(nation="n_name", o_year=F.year("o_orderdate"))
        .agg(sum_profit=F.sum(discounted() - col("ps_supplycost") * col("l_quantity")))
        .sort("nation", col("o_year").desc())
    )


def q10(t: Tables) -> pb.DataFrame:
    orders = t.orders.filter(within("o_orderdate", dt.date(1993, 10, 1), dt.date(1994, 1, 1)))
    return (
        t.customer.join(orders, on("c_custkey", "o_custkey"))
        .join(t.lineitem.filter(col("l_returnflag") == "R"), on("o_orderkey", "l_orderkey"))
        .join(t.nation, on("c_nationkey", "n_nationkey"))
        .group_by("c_custkey", "c_name", "c_acctbal", "c_phone", "n_name", "c_address", "c_comment")
        .agg(revenue=F.sum(discounted()))
        .select("c_custkey", "c_name", "revenue", "c_acctbal", "n_name", "c_address", "c_phone", "c_comment")
        .sort("revenue", descending=True)
        .limit(20)
    )


def q11(t: Tables) -> pb.DataFrame:
    value = F.sum(col("ps_supplycost") * col("ps_availqty"))
    german = t.nation.filter(col("n_name") == "GERMANY")
    stock = t.partsupp.join(t.supplier, on("ps_suppkey", "s_suppkey")).join(german, on("s_nationkey", "n_nationkey"))
    threshold = stock.agg(threshold=value * Decimal("0.0001"))
    return stock.group_by("ps_partkey").agg(value=value).filter(col("value") > scalar(threshold)).sort(col("value").desc())


def q12(t: Tables) -> pb.DataFrame:
    lines = t.lineitem.filter(
        col("l_shipmode").in_(["MAIL", "SHIP"]),
        col("l_commitdate") < col("l_receiptdate"),
        col("l_shipdate") < col("l_commitdate"),
        within("l_receiptdate", dt.date(1994, 1, 1), dt.date(1995, 1, 1)),
    )
    urgent = col("o_orderpriority").in_(["1-URGENT", "2-HIGH"])
    return (
        t.orders.join(lines, on("o_orderkey", "l_orderkey"))
        .group_by("l_shipmode")
        .agg(
            high_line_count=F.sum(when(urgent, 1).otherwise(0)),
            low_line_count=F.sum(when(urgent, 0).otherwise(1)),
        )
        .sort("l_shipmode")
    )


def q13(t: Tables) -> pb.DataFrame:
    usual = t.orders.filter(col("o_comment").not_like("%special%requests%"))
    return (
        t.customer.join(usual, on("c_custkey", "o_custkey"), how="left")
        .group_by("c_custkey")
        .agg(c_count=F.count("o_orderkey"))
        .group_by("c_count")
        .agg(custdist=F.count())
        .sort("custdist", "c_count", descending=True)
    )


def q14(t: Tables) -> pb.DataFrame:
    promoted = when(col("p_type").like("PROMO%"), discounted()).otherwise(0)
    return (
        t.lineitem.filter(within("l_shipdate", dt.date(1995, 9, 1), dt.date(1995, 10, 1)))
        .join(t.part, on("l_partkey", "p_partkey"))
        .agg(promo_revenue=Decimal("100.00") * F.sum(promoted) / F.sum(discounted()))
    )


def q15(t: Tables) -> pb.DataFrame:
    revenue = (
        t.lineitem.filter(within("l_shipdate", dt.date(1996, 1, 1), dt.date(1996, 4, 1)))
        .group_by(supplier_no="l_suppkey")
        .agg(total_revenue=F.sum(discounted()))
    )
    most = revenue.agg(most=F.max("total_revenue"))
    return (
        t.supplier.join(revenue.filter(col("total_revenue") == scalar(most)), on("s_suppkey", "supplier_no"))
        .select("s_suppkey", "s_name", "s_address", "s_phone", "total_revenue")
        .sort("s_suppkey")
    )


def q16(t: Tables) -> pb.DataFrame:
    complained = t.supplier.filter(col("s_comment").like("%Customer%Complaints%")).select("s_suppkey")
    parts = t.part.filter(
        col("p_brand") != "Brand#45",
        col("p_type").not_like("MEDIUM POLISHED%"),
        col("p_size").in_([49, 14, 23, 45, 19, 3, 36, 9]),
    )
    return (
        t.partsupp.join(parts, on("ps_partkey", "p_partkey"))
        .filter(col("ps_suppkey").not_in_subquery(complained))
        .group_by("p_brand", "p_type", "p_size")
        .agg(supplier_cnt=F.count("ps_suppkey").distinct())
        .sort(col("supplier_cnt").desc(), "p_brand", "p_type", "p_size")
    )


def q17(t: Tables) -> pb.DataFrame:
    boxes = t.part.filter(col("p_brand") == "Brand#23", col("p_container") == "MED BOX")
    lines = t.lineitem.join(boxes, on("l_partkey", "p_partkey"))
    usual = t.lineitem.filter(col("l_partkey") == lines.outer("p_partkey")).agg(usual=Decimal("0.2") * F.avg("l_quantity"))
    return lines.filter(col("l_quantity") < scalar(usual)).agg(avg_yearly=F.sum("l_extendedprice") / Decimal("7.0"))


def q18(t: Tables) -> pb.DataFrame:
    large = t.lineitem.group_by("l_orderkey").agg(quantity=F.sum("l_quantity")).filter(col("quantity") > 300).select("l_orderkey")
    return (
        t.customer.join(t.orders.filter(col("o_orderkey").in_subquery(large)), on("c_custkey", "o_custkey"))
        .join(t.lineitem, on("o_orderkey", "l_orderkey"))
        .group_by("c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice")
        .agg(sum_quantity=F.sum("l_quantity"))
        .sort(col("o_totalprice").desc(), "o_orderdate")
        .limit(100)
    )


def q19(t: Tables) -> pb.DataFrame:
    def kind(brand: str, containers: list[str], quantity: int, size: int) -> pb.Expr:
        return (
            (col("p_brand") == brand)
            & col("p_container").in_(containers)
            & col("l_quantity").between(quantity, quantity + 10)
            & col("p_size").between(1, size)
        )

    small = kind("Brand#12", ["SM CASE", "SM BOX", "SM PACK", "SM PKG"], 1, 5)
    medium = kind("Brand#23", ["MED BAG", "MED BOX", "MED PKG", "MED PACK"], 10, 10)
    large = kind("Brand#34", ["LG CASE", "LG BOX", "LG PACK", "LG PKG"], 20, 15)
    return (
        t.lineitem.filter(col("l_shipmode").in_(["AIR", "AIR REG"]), col("l_shipinstruct") == "DELIVER IN PERSON")
        .join(t.part, on("l_partkey", "p_partkey"))
        .filter(small | medium | large)
        .agg(revenue=F.sum(discounted()))
    )


def q20(t: Tables) -> pb.DataFrame:
    forest = t.part.filter(col("p_name").like("forest%")).select("p_partkey")
    offers = t.partsupp.filter(col("ps_partkey").in_subquery(forest))
    shipped = t.lineitem.filter(
        col("l_partkey") == offers.outer("ps_partkey"),
        col("l_suppkey") == offers.outer("ps_suppkey"),
        within("l_shipdate", dt.date(1994, 1, 1), dt.date(1995, 1, 1)),
    ).agg(half=Decimal("0.5") * F.sum("l_quantity"))
    excess = offers.filter(col("ps_availqty") > scalar(shipped)).select("ps_suppkey")
    return (
        t.supplier.filter(col("s_suppkey").in_subquery(excess))
        .join(t.nation.filter(col("n_name") == "CANADA"), on("s_nationkey", "n_nationkey"))
        .select("s_name", "s_address")
        .sort("s_name")
    )


def q21(t: Tables) -> pb.DataFrame:
    late = t.lineitem.filter(col("l_receiptdate") > col("l_commitdate"))
    waited = (
        t.supplier.join(late, on("s_suppkey", "l_suppkey"))
        .join(t.orders.filter(col("o_orderstatus") == "F"), on("l_orderkey", "o_orderkey"))
        .join(t.nation.filter(col("n_name") == "SAUDI ARABIA"), on("s_nationkey", "n_nationkey"))
    )
    others = t.lineitem.filter(col("l_orderkey") == waited.outer("l_orderkey"), col("l_suppkey") != waited.outer("l_suppkey"))
    late_others = others.filter(col("l_receiptdate") > col("l_commitdate"))
    return (
        waited.filter(exists(others), ~exists(late_others))
        .group_by("s_name")
        .agg(numwait=F.count())
        .sort(col("numwait").desc(), "s_name")
        .limit(100)
    )


def q22(t: Tables) -> pb.DataFrame:
    code = F.substring("c_phone", 1, 2)
    chosen = t.customer.filter(code.in_(["13", "31", "23", "29", "30", "18", "17"]))
    usual = chosen.filter(col("c_acctbal") > Decimal("0.00")).agg(usual=F.avg("c_acctbal"))
    rich = chosen.filter(col("c_acctbal") > scalar(usual))
    orders = t.orders.filter(col("o_custkey") == rich.outer("c_custkey"))
    return rich.filter(~exists(orders)).group_by(cntrycode=code).agg(numcust=F.count(), totacctbal=F.sum("c_acctbal")).sort("cntrycode")


QUERIES = dict(
    enumerate(
        [q01, q02, q03, q04, q05, q06, q07, q08, q09, q10, q11, q12, q13, q14, q15, q16, q17, q18, q19, q20, q21, q22],
        start=1,
    )
)
