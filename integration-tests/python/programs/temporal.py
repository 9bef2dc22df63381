"""Dates, timestamps, zones, intervals."""

import datetime as dt

import polybolos as pb
from polybolos import col, lit
from polybolos import functions as F

from . import orders, people, program

joined = col("joined")
seen = col("seen")

# Zones


@program("time/parts_in_a_zone")
def parts_in_a_zone(s):
    zones = {"ny": F.at_time_zone("seen", "America/New_York"), "in": F.at_time_zone("seen", "Asia/Kolkata")}
    return people(s).with_columns(**zones).select("id", d=F.day("ny"), h=F.hour("ny"), i=F.hour("in"), m=F.minute("in"))


@program("time/day_in_a_zone")
def day_in_a_zone(s):
    berlin = F.at_time_zone("seen", "Europe/Berlin")
    return people(s).select("id", berlin=F.date_trunc("day", berlin), utc=F.date_trunc("month", "seen"))


@program("time/instants_of_two_zones")
def instants_of_two_zones(s):
    late = F.at_time_zone("seen", "Europe/Berlin") >= dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)
    changed = lit("2024-03-31T01:30:00Z").cast("timestamp(us, America/New_York)")
    return people(s).filter(late & (F.at_time_zone("seen", "Asia/Tokyo") != changed)).select("id")


@program("time/instants_with_wall_clocks")
def instants_with_wall_clocks(s):
    noon = dt.datetime(2020, 2, 29, 12, tzinfo=dt.UTC)
    return people(s).select("id", later=seen > joined, same=joined == noon)


@program("time/wall_clock_in_a_zone")
def wall_clock_in_a_zone(s):
    return people(s).select(
        "id",
        ny=F.at_time_zone("joined", "America/New_York"),
        tokyo=F.at_time_zone("joined", "Asia/Tokyo"),
        utc=joined.cast("timestamp(us, UTC)"),
    )


@program("time/local_time")
def local_time(s):
    return people(s).select(
        "id",
        berlin=F.to_local_time(F.at_time_zone("seen", "Europe/Berlin")),
        utc=seen.cast(dt.datetime),
        day=seen.cast(dt.date),
        day_there=F.at_time_zone("seen", "Pacific/Auckland").cast(dt.date),
    )


@program("time/days_over_a_clock_change")
def days_over_a_clock_change(s):
    berlin = F.at_time_zone("seen", "Europe/Berlin")
    return people(s).select("id", a_day=berlin + pb.interval(days=1), hours=berlin + pb.interval(hours=24))


@program("time/of_text")
def of_text(s):
    return s.select(
        a=lit("2024-03-31T01:30:00+02:00").cast("timestamp(us, UTC)"),
        b=lit("2024-02-29").cast("date"),
        c=F.to_date(lit("31.12.1999"), "%Y-%m-%d", "%d.%m.%Y"),
        d=lit("1969-07-20T20:17:40.5").cast("timestamp(us)"),
    )


# Parts


@program("time/calendar")
def calendar(s):
    return people(s).select(
        "id",
        q=F.quarter("born"),
        w=F.week("born"),
        y=F.iso_year("born"),
        n=F.day_of_year("born"),
        d=F.day_of_week("born"),
        i=F.iso_day_of_week("born"),
        day=F.day_name("born"),
        month=F.month_name("born"),
    )


@program("time/fractions")
def fractions(s):
    return people(s).select(
        "id",
        s=F.second("seen"),
        ms=F.millisecond("seen"),
        us=F.microsecond("seen"),
        epoch=F.epoch("seen"),
        micros=F.unix_micros("joined"),
    )


@program("time/truncation")
def truncation(s):
    return people(s).select(
        "id",
        hour=F.date_trunc("hour", "joined"),
        quarter=F.date_trunc("quarter", "joined"),
        week=F.date_trunc("week", "born"),
        year=F.date_trunc("year", "born"),
    )


@program("time/bins")
def bins(s):
    return orders(s).select(
        "order_id",
        a=F.date_bin(pb.interval(hours=6), "placed"),
        b=F.date_bin(pb.interval(weeks=1), "placed", dt.datetime(2024, 1, 1, 12)),
    )


@program("time/as_text")
def as_text(s):
    return people(s).select("id", day=F.to_char("born", "%d.%m.%Y"), time=F.to_char("joined", "%H:%M"), number=F.to_char("born", "%j"))


# Arithmetic


@program("time/differences")
def differences(s):
    noon = dt.datetime(2020, 2, 29, 12)
    return people(s).select("id", micros=(joined - noon).cast(int), days=F.date_diff("joined", "born"), later=joined > noon)


@program("time/dates_and_intervals")
def dates_and_intervals(s):
    born = col("born")
    return people(s).select(
        "id",
        a=(born + pb.interval(months=1)).cast(dt.date),
        b=(born + pb.interval(years=-10)).cast(dt.date),
        c=(born + pb.interval(months=1, days=1)).cast(dt.date),
        d=F.last_day("born"),
    )


@program("time/dates_with_timestamps")
def dates_with_timestamps(s):
    between = (joined >= dt.date(2020, 2, 29)) & (joined < dt.date(2022, 12, 31))
    return people(s).filter(between | (joined == dt.date(2010, 1, 1))).select("id")


@program("time/extremes_of_groups")
def extremes_of_groups(s):
    return people(s).group_by("city").agg(seen=F.min("seen"), joined=F.max("joined"), born=F.min("born"))
