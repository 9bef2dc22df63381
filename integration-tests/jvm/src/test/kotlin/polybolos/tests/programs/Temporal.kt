// Dates, timestamps, zones, intervals.
package polybolos.tests.programs

import io.polybolos.Interval
import io.polybolos.col
import io.polybolos.functions.at_time_zone
import io.polybolos.functions.date_bin
import io.polybolos.functions.date_diff
import io.polybolos.functions.date_trunc
import io.polybolos.functions.day
import io.polybolos.functions.day_name
import io.polybolos.functions.day_of_week
import io.polybolos.functions.day_of_year
import io.polybolos.functions.epoch
import io.polybolos.functions.hour
import io.polybolos.functions.iso_day_of_week
import io.polybolos.functions.iso_year
import io.polybolos.functions.last_day
import io.polybolos.functions.max
import io.polybolos.functions.microsecond
import io.polybolos.functions.millisecond
import io.polybolos.functions.min
import io.polybolos.functions.minute
import io.polybolos.functions.month_name
import io.polybolos.functions.quarter
import io.polybolos.functions.second
import io.polybolos.functions.to_char
import io.polybolos.functions.to_date
import io.polybolos.functions.to_local_time
import io.polybolos.functions.unix_micros
import io.polybolos.functions.week
import io.polybolos.lit
import java.time.Instant
import java.time.LocalDate
import java.time.LocalDateTime
import java.time.ZoneOffset

private val joined = col("joined")
private val seen = col("seen")
private val leapDayNoon = LocalDateTime.of(2020, 2, 29, 12, 0)

internal fun Programs.temporal() {
    zones()
    wallClocks()
    parts()
    arithmetic()
    comparisons()
}

private fun Programs.zones() {
    program("time/parts_in_a_zone") { s ->
        val zones = people(s).withColumns(
            at_time_zone("seen", "America/New_York") alias "ny",
            at_time_zone("seen", "Asia/Kolkata") alias "in",
        )
        zones.select("id", day("ny") alias "d", hour("ny") alias "h", hour("in") alias "i", minute("in") alias "m")
    }

    program("time/day_in_a_zone") { s ->
        val berlin = at_time_zone("seen", "Europe/Berlin")
        people(s).select("id", date_trunc("day", berlin) alias "berlin", date_trunc("month", "seen") alias "utc")
    }

    program("time/days_over_a_clock_change") { s ->
        val berlin = at_time_zone("seen", "Europe/Berlin")
        people(s).select("id", berlin + days(1) alias "a_day", berlin + hours(24) alias "hours")
    }
}

private fun Programs.wallClocks() {
    program("time/instants_with_wall_clocks") { s ->
        people(s).select("id", seen gt joined alias "later", joined eq leapDayNoon.toInstant(ZoneOffset.UTC) alias "same")
    }

    program("time/wall_clock_in_a_zone") { s ->
        people(s).select(
            "id",
            at_time_zone("joined", "America/New_York") alias "ny",
            at_time_zone("joined", "Asia/Tokyo") alias "tokyo",
            joined.cast("timestamp(us, UTC)") alias "utc",
        )
    }

    program("time/local_time") { s ->
        people(s).select(
            "id",
            to_local_time(at_time_zone("seen", "Europe/Berlin")) alias "berlin",
            seen.cast("timestamp(us)") alias "utc",
            seen.cast("date") alias "day",
            at_time_zone("seen", "Pacific/Auckland").cast("date") alias "day_there",
        )
    }

    program("time/of_text") { s ->
        s.select(
            lit("2024-03-31T01:30:00+02:00").cast("timestamp(us, UTC)") alias "a",
            lit("2024-02-29").cast("date") alias "b",
            to_date(lit("31.12.1999"), "%Y-%m-%d", "%d.%m.%Y") alias "c",
            lit("1969-07-20T20:17:40.5").cast("timestamp(us)") alias "d",
        )
    }
}

private fun Programs.parts() {
    program("time/calendar") { s ->
        people(s).select(
            "id",
            quarter("born") alias "q",
            week("born") alias "w",
            iso_year("born") alias "y",
            day_of_year("born") alias "n",
            day_of_week("born") alias "d",
            iso_day_of_week("born") alias "i",
            day_name("born") alias "day",
            month_name("born") alias "month",
        )
    }

    program("time/fractions") { s ->
        people(s).select(
            "id",
            second("seen") alias "s",
            millisecond("seen") alias "ms",
            microsecond("seen") alias "us",
            epoch("seen") alias "epoch",
            unix_micros("joined") alias "micros",
        )
    }

    program("time/truncation") { s ->
        people(s).select(
            "id",
            date_trunc("hour", "joined") alias "hour",
            date_trunc("quarter", "joined") alias "quarter",
            date_trunc("week", "born") alias "week",
            date_trunc("year", "born") alias "year",
        )
    }

    program("time/bins") { s ->
        orders(s).select(
            "order_id",
            date_bin(hours(6), "placed") alias "a",
            date_bin(days(7), "placed", LocalDateTime.of(2024, 1, 1, 12, 0)) alias "b",
        )
    }

    program("time/as_text") { s ->
        people(s).select(
            "id",
            to_char("born", "%d.%m.%Y") alias "day",
            to_char("joined", "%H:%M") alias "time",
            to_char("born", "%j") alias "number",
        )
    }
}

private fun Programs.arithmetic() {
    program("time/differences") { s ->
        people(s).select(
            "id",
            (joined - leapDayNoon).cast("int64") alias "micros",
            date_diff("joined", "born") alias "days",
            joined gt leapDayNoon alias "later",
        )
    }

    program("time/dates_and_intervals") { s ->
        val born = col("born")
        people(s).select(
            "id",
            (born + months(1)).cast("date") alias "a",
            (born + months(-120)).cast("date") alias "b",
            (born + Interval(months = 1, days = 1, nanos = 0)).cast("date") alias "c",
            last_day("born") alias "d",
        )
    }
}

private fun Programs.comparisons() {
    program("time/instants_of_two_zones") { s ->
        val late = at_time_zone("seen", "Europe/Berlin") gte Instant.parse("2024-01-01T12:00:00Z")
        val changed = lit("2024-03-31T01:30:00Z").cast("timestamp(us, America/New_York)")
        people(s).filter(late and (at_time_zone("seen", "Asia/Tokyo") neq changed)).select("id")
    }

    program("time/dates_with_timestamps") { s ->
        val between = (joined gte LocalDate.of(2020, 2, 29)) and (joined lt LocalDate.of(2022, 12, 31))
        people(s).filter(between or (joined eq LocalDate.of(2010, 1, 1))).select("id")
    }

    program("time/extremes_of_groups") { s ->
        people(s).groupBy("city").agg(min("seen") alias "seen", max("joined") alias "joined", min("born") alias "born")
    }
}
