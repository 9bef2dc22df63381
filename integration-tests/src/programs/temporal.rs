//! Dates, timestamps, zones, intervals.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use polybolos_client::functions as f;
use polybolos_client::{Literal, col, lit};

use super::{Program, orders, people, program};

const HOUR: i64 = 3_600_000_000_000;

fn day(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}

fn noon(year: i32, month: u32, date: u32) -> Option<NaiveDateTime> {
    day(year, month, date).and_then(|day| day.and_hms_opt(12, 0, 0))
}

fn noon_utc(year: i32, month: u32, date: u32) -> Option<DateTime<Utc>> {
    noon(year, month, date).map(|noon| noon.and_utc())
}

pub(super) fn programs() -> Vec<Program> {
    let mut all = zones();
    all.extend(parts());
    all.extend(arithmetic());
    all
}

fn zones() -> Vec<Program> {
    vec![
        program(
            "time/parts_in_a_zone",
            "The parts of an instant are those of its zone.",
            "select id, day(seen at time zone 'America/New_York'), hour(seen at time zone 'America/New_York'), hour(seen at time zone 'Asia/Kolkata'), minute(seen at time zone 'Asia/Kolkata') from 'people.parquet'",
            |s| {
                let zoned = people(s)?.with_columns((
                    f::at_time_zone("seen", "America/New_York").alias("ny"),
                    f::at_time_zone("seen", "Asia/Kolkata").alias("in"),
                ))?;
                zoned.select((
                    "id",
                    f::day("ny").alias("d"),
                    f::hour("ny").alias("h"),
                    f::hour("in").alias("i"),
                    f::minute("in").alias("m"),
                ))
            },
        ),
        program(
            "time/day_in_a_zone",
            "A day begins when the clocks of the zone show midnight.",
            "select id, date_trunc('day', seen at time zone 'Europe/Berlin') at time zone 'Europe/Berlin', date_trunc('month', seen) from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    f::date_trunc("day", f::at_time_zone("seen", "Europe/Berlin")).alias("berlin"),
                    f::date_trunc("month", "seen").alias("utc"),
                ))
            },
        ),
        program(
            "time/instants_of_two_zones",
            "Instants compare as instants, whatever their zones.",
            "select id from 'people.parquet' where seen >= timestamptz '2024-01-01 12:00:00+00' and seen <> timestamptz '2024-03-31 01:30:00+00'",
            |s| {
                let berlin = f::at_time_zone("seen", "Europe/Berlin");
                let tokyo = f::at_time_zone("seen", "Asia/Tokyo");
                let changed = lit("2024-03-31T01:30:00Z").cast("timestamp(us, America/New_York)");
                people(s)?.filter(berlin.ge(noon_utc(2024, 1, 1)) & tokyo.ne(changed))?.select("id")
            },
        ),
        program(
            "time/instants_with_wall_clocks",
            "An instant beside the reading of a wall clock: they meet in UTC, the zone of both the instant and the session.",
            "select id, seen > joined::timestamptz, joined::timestamptz = timestamptz '2020-02-29 12:00:00+00' from 'people.parquet'",
            |s| {
                let noon = noon_utc(2020, 2, 29);
                people(s)?.select(("id", col("seen").gt(col("joined")).alias("later"), col("joined").eq(noon).alias("same")))
            },
        ),
        program(
            "time/wall_clock_in_a_zone",
            "A wall clock reading becomes an instant by the rules of a zone.",
            "select id, joined at time zone 'America/New_York', joined at time zone 'Asia/Tokyo', joined::timestamptz from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    f::at_time_zone("joined", "America/New_York").alias("ny"),
                    f::at_time_zone("joined", "Asia/Tokyo").alias("tokyo"),
                    col("joined").cast("timestamp(us, UTC)").alias("utc"),
                ))
            },
        ),
        program(
            "time/local_time",
            "What the clocks of a zone show at an instant.",
            "select id, seen at time zone 'Europe/Berlin', seen::timestamp, seen::date, (seen at time zone 'Pacific/Auckland')::date from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    f::to_local_time(f::at_time_zone("seen", "Europe/Berlin")).alias("berlin"),
                    col("seen").cast("timestamp(us)").alias("utc"),
                    col("seen").cast("date").alias("day"),
                    f::at_time_zone("seen", "Pacific/Auckland").cast("date").alias("day_there"),
                ))
            },
        ),
        program(
            "time/days_over_a_clock_change",
            "A day added keeps the time on the clock of the zone, 24 hours keep the time that passes.",
            "select id, ((seen at time zone 'Europe/Berlin') + interval 1 day) at time zone 'Europe/Berlin', seen + interval 24 hours from 'people.parquet'",
            |s| {
                let berlin = || f::at_time_zone("seen", "Europe/Berlin");
                people(s)?.select((
                    "id",
                    (berlin() + lit(Literal::interval(0, 1, 0))).alias("a_day"),
                    (berlin() + lit(Literal::interval(0, 0, 24 * HOUR))).alias("hours"),
                ))
            },
        ),
        program(
            "time/of_text",
            "Text with an offset is an instant; formats are those of strftime.",
            "select timestamptz '2024-03-31 01:30:00+02:00', date '2024-02-29', strptime('31.12.1999', '%d.%m.%Y')::date, timestamp '1969-07-20 20:17:40.5'",
            |s| {
                s.range(0, 1)?.select((
                    lit("2024-03-31T01:30:00+02:00").cast("timestamp(us, UTC)").alias("a"),
                    lit("2024-02-29").cast("date").alias("b"),
                    f::to_date(lit("31.12.1999"), ["%Y-%m-%d", "%d.%m.%Y"]).alias("c"),
                    lit("1969-07-20T20:17:40.5").cast("timestamp(us)").alias("d"),
                ))
            },
        ),
    ]
}

fn parts() -> Vec<Program> {
    vec![
        program(
            "time/calendar",
            "Weeks are those of ISO 8601; days of the week are counted from Sunday as 0, or from Monday as 1.",
            "select id, quarter(born), week(born), isoyear(born), dayofyear(born), dayofweek(born), isodow(born), dayname(born), monthname(born) from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    f::quarter("born").alias("q"),
                    f::week("born").alias("w"),
                    f::iso_year("born").alias("y"),
                    f::day_of_year("born").alias("n"),
                    f::day_of_week("born").alias("d"),
                    f::iso_day_of_week("born").alias("i"),
                    f::day_name("born").alias("day"),
                    f::month_name("born").alias("month"),
                ))
            },
        ),
        program(
            "time/fractions",
            "Milliseconds and microseconds hold the second; the epoch has a fraction.",
            "select id, second(seen), millisecond(seen), microsecond(seen), epoch(seen), epoch_us(joined) from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    f::second("seen").alias("s"),
                    f::millisecond("seen").alias("ms"),
                    f::microsecond("seen").alias("us"),
                    f::epoch("seen").alias("epoch"),
                    f::unix_micros("joined").alias("micros"),
                ))
            },
        ),
        program(
            "time/truncation",
            "Rounded down, also before 1970; a date becomes a timestamp.",
            "select id, date_trunc('hour', joined), date_trunc('quarter', joined), date_trunc('week', born)::timestamp, date_trunc('year', born)::timestamp from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    f::date_trunc("hour", "joined").alias("hour"),
                    f::date_trunc("quarter", "joined").alias("quarter"),
                    f::date_trunc("week", "born").alias("week"),
                    f::date_trunc("year", "born").alias("year"),
                ))
            },
        ),
        program(
            "time/bins",
            "Bins of a width, from 1970 or from an origin.",
            "select order_id, time_bucket(interval 6 hours, placed, timestamp '1970-01-01'), time_bucket(interval 7 days, placed, timestamp '2024-01-01 12:00:00') from 'orders.parquet'",
            |s| {
                orders(s)?.select((
                    "order_id",
                    f::date_bin(Literal::interval(0, 0, 6 * HOUR), "placed", ()).alias("a"),
                    f::date_bin(Literal::interval(0, 7, 0), "placed", Some(noon(2024, 1, 1))).alias("b"),
                ))
            },
        ),
        program(
            "time/as_text",
            "Times as text in a format.",
            "select id, strftime(born, '%d.%m.%Y'), strftime(joined, '%H:%M'), strftime(born, '%j') from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    f::to_char("born", "%d.%m.%Y").alias("day"),
                    f::to_char("joined", "%H:%M").alias("time"),
                    f::to_char("born", "%j").alias("number"),
                ))
            },
        ),
    ]
}

fn arithmetic() -> Vec<Program> {
    vec![
        program(
            "time/differences",
            "The difference of two timestamps is a duration, that of two dates a number of days.",
            "select id, epoch_us(joined) - epoch_us(timestamp '2020-02-29 12:00:00'), date_diff('day', born, joined::date), joined > timestamp '2020-02-29 12:00:00' from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    (col("joined") - lit(noon(2020, 2, 29))).cast("int64").alias("micros"),
                    f::date_diff("joined", "born").alias("days"),
                    col("joined").gt(noon(2020, 2, 29)).alias("later"),
                ))
            },
        ),
        program(
            "time/dates_and_intervals",
            "Months are clamped to the end of the month, then days are added.",
            "select id, (born + interval 1 month)::date, (born - interval 10 year)::date, (born + interval 1 month + interval 1 day)::date, last_day(born) from 'people.parquet'",
            |s| {
                let plus = |months, days| (col("born") + lit(Literal::interval(months, days, 0))).cast("date");
                people(s)?.select((
                    "id",
                    plus(1, 0).alias("a"),
                    plus(-120, 0).alias("b"),
                    plus(1, 1).alias("c"),
                    f::last_day("born").alias("d"),
                ))
            },
        ),
        program(
            "time/dates_with_timestamps",
            "A date beside a timestamp is its midnight.",
            "select id from 'people.parquet' where joined >= date '2020-02-29' and joined < date '2022-12-31' or joined = date '2010-01-01'",
            |s| {
                let joined = || col("joined");
                let between = joined().ge(day(2020, 2, 29)) & joined().lt(day(2022, 12, 31));
                people(s)?.filter(between | joined().eq(day(2010, 1, 1)))?.select("id")
            },
        ),
        program(
            "time/extremes_of_groups",
            "The first and the last instant of each group.",
            "select city, min(seen), max(joined), min(born) from 'people.parquet' group by city",
            |s| {
                people(s)?.group_by("city")?.agg((
                    f::min("seen").alias("seen"),
                    f::max("joined").alias("joined"),
                    f::min("born").alias("born"),
                ))
            },
        ),
    ]
}
