// Where rows come from: files of every format, ranges, SQL; and every literal.
package polybolos.tests.programs

import io.polybolos.CsvOptions
import io.polybolos.DataFrame
import io.polybolos.col
import io.polybolos.functions.coalesce
import io.polybolos.functions.count
import io.polybolos.lit
import java.math.BigDecimal
import java.time.LocalDate
import java.time.LocalDateTime
import java.time.LocalTime

/** The columns that text formats have, too, in the types of the Parquet file. */
private fun simple(frame: DataFrame): DataFrame =
    frame.select("id", "name", col("age").cast("int32") alias "age", "city", "height", "active")

internal fun Programs.values() {
    parquet()
    formats()
    ranges()
    sql()
    literals()
    literalsOfTime()
}

private fun Programs.parquet() {
    program("read/parquet") { s ->
        s.readParquet("people.parquet")
    }

    program("read/parquet_nested") { s ->
        s.readParquet("orders.parquet")
    }

    program("read/parquet_numbers") { s ->
        s.readParquet("numbers.parquet")
    }

    program("read/glob") { s ->
        s.readParquet("sales/*/*.parquet").select("item", "amount")
    }

    program("read/several_paths") { s ->
        val paths = listOf("sales/year=2023/part-0.parquet", "sales/year=2024/part-0.parquet")
        s.readParquet(paths).select("item", "amount")
    }
}

private fun Programs.formats() {
    program("read/csv") { s ->
        simple(s.readCsv("people.csv"))
    }

    program("read/csv_as_text") { s ->
        s.readCsv("people.csv", CsvOptions().header(false)).agg(count() alias "n")
    }

    program("read/json") { s ->
        simple(s.readJson("people.json"))
    }

    program("read/avro") { s ->
        s.readAvro("people.avro")
    }

    program("read/arrow") { s ->
        s.readArrow("people.arrow")
    }
}

private fun Programs.ranges() {
    program("range/ascending") { s ->
        s.range(0, 10, 3).sort("id")
    }

    program("range/descending") { s ->
        s.range(5, 0, -2).sort(col("id").desc())
    }

    program("range/empty") { s ->
        s.range(5, 5)
    }
}

private fun Programs.sql() {
    program("sql/query") { s ->
        s.sql("select city, count(*) as n from 'people.parquet' group by city having count(*) > 1")
    }

    program("sql/then_dataframe") { s ->
        s.sql("select count(*) as n from 'people.parquet'").select(col("n") * 2 alias "twice")
    }
}

private fun Programs.literals() {
    program("literal/integers") { s ->
        s.select(
            lit(Byte.MIN_VALUE) alias "a",
            lit(Short.MAX_VALUE) alias "b",
            lit(Int.MIN_VALUE) alias "c",
            lit(Long.MAX_VALUE) alias "d",
            lit(UByte.MAX_VALUE) alias "e",
            lit(UShort.MAX_VALUE) alias "f",
            lit(UInt.MAX_VALUE) alias "g",
            lit(ULong.MAX_VALUE) alias "h",
        )
    }

    program("literal/floats") { s ->
        s.select(lit(1.5f) alias "a", lit(-2.5e300) alias "b", lit(Double.NaN) alias "c", lit(Double.NEGATIVE_INFINITY) alias "d")
    }

    program("literal/text") { s ->
        s.select(lit("it's") alias "a", lit("a\nb") alias "b", lit("日本語 🎯") alias "c", lit("") alias "d")
    }

    program("literal/booleans_and_nulls") { s ->
        s.select(lit(true) alias "a", lit(false) alias "b", lit(null, "int64") alias "c", lit(null, "string") alias "d")
    }

    program("literal/null_of_no_type") { s ->
        s.select(coalesce(lit(null), 5L) alias "five")
    }

    program("literal/decimals") { s ->
        s.select(
            lit(BigDecimal("1.50"), "decimal(10, 2)") alias "a",
            lit(BigDecimal("-0.001"), "decimal(5, 3)") alias "b",
            lit(BigDecimal("12345678901234567890.12"), "decimal(38, 2)") alias "c",
        )
    }

    program("literal/nested") { s ->
        s.select(
            lit(listOf(1L, 2L, null)) alias "l",
            lit(mapOf("a" to 1L, "b" to "x")) alias "s",
            lit(mapOf("k" to 1L), "map<string, int64>") alias "m",
        )
    }
}

private fun Programs.literalsOfTime() {
    program("literal/dates_and_times") { s ->
        s.select(
            lit(LocalDate.of(2024, 2, 29)) alias "a",
            lit(LocalTime.parse("12:30:45.500")) alias "b",
            lit(LocalDateTime.parse("1969-12-31T23:59:59.500")) alias "c",
        )
    }
}
