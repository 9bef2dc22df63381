package polybolos.tests

import io.polybolos.Interval
import io.polybolos.InvalidArgumentException
import io.polybolos.Row
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.math.BigDecimal
import java.math.BigInteger
import java.time.Duration
import java.time.Instant
import java.time.LocalDate
import java.time.LocalDateTime
import java.time.LocalTime

class RowTest {
    private fun row(vararg columns: Pair<String, Any?>) = Row.of(columns.map { it.first }, columns.map { it.second })

    @Test
    fun valuesAreReachedByNameAndByPosition() {
        val row = row("id" to 7L, "name" to null)
        assertEquals(7L, row["id"])
        assertEquals(7L, row[0])
        assertTrue(row.isNull("name"))
        assertFalse(row.isNull(0))
        assertEquals(listOf("id", "name"), row.names)
        assertEquals(2, row.size)
        assertEquals(mapOf("id" to 7L, "name" to null), row.toMap())
        assertEquals(listOf(7L, null), row.toList())
        assertEquals("Row(id=7, name=null)", row.toString())
    }

    @Test
    fun numbersAreWidenedWhereThatLosesNothing() {
        val whole = arrayOf("b" to 1.toByte(), "s" to 2.toShort(), "i" to 3, "l" to 4L, "big" to BigInteger.TEN)
        val row = row(*whole, "f" to 5f, "d" to 6.0, "dec" to BigDecimal("1.50"))
        assertEquals(listOf(1, 2, 3), listOf("b", "s", "i").map(row::getInt))
        assertEquals(listOf(1L, 2L, 3L, 4L), listOf("b", "s", "i", "l").map(row::getLong))
        assertEquals(listOf(1f, 2f, 5f), listOf("b", "s", "f").map(row::getFloat))
        assertEquals(listOf(1.0, 2.0, 3.0, 5.0, 6.0), listOf("b", "s", "i", "f", "d").map(row::getDouble))
        assertEquals(BigDecimal(4), row.getDecimal("l"))
        assertEquals(BigDecimal.TEN, row.getDecimal("big"))
        assertEquals(BigDecimal("1.50"), row.getDecimal("dec"))
        assertEquals(BigInteger.valueOf(3), row.getBigInteger("i"))
        assertEquals(BigInteger.TEN, row.getBigInteger("big"))
    }

    @Test
    fun otherValuesComeAsTheyAre() {
        val date = LocalDate.EPOCH
        val at = date.atStartOfDay()
        val row = row(
            "flag" to true, "text" to "x", "bytes" to byteArrayOf(1), "date" to date, "time" to LocalTime.NOON, "at" to at,
            "instant" to Instant.EPOCH, "elapsed" to Duration.ZERO, "interval" to Interval(1, 2, 3), "list" to listOf(1),
            "map" to mapOf("a" to 1), "row" to row("a" to 1),
        )
        assertTrue(row.getBoolean("flag"))
        assertEquals("x", row.getString("text"))
        assertArrayEquals(byteArrayOf(1), row.getBytes("bytes"))
        assertEquals(date, row.getDate("date"))
        assertEquals(LocalTime.NOON, row.getTime("time"))
        assertEquals(LocalDateTime.parse("1970-01-01T00:00:00"), row.getDateTime("at"))
        assertEquals(Instant.EPOCH, row.getInstant("instant"))
        assertEquals(Duration.ZERO, row.getDuration("elapsed"))
        assertEquals(Interval(1, 2, 3), row.getInterval("interval"))
        assertEquals(listOf(1), row.getList("list"))
        assertEquals(mapOf("a" to 1), row.getMap("map"))
        assertEquals(1, row.getRow("row")?.getInt("a"))
        assertEquals(
            "Row(flag=true, text=x, bytes=x'01', date=1970-01-01, time=12:00, at=1970-01-01T00:00, instant=1970-01-01T00:00:00Z, " +
                "elapsed=PT0S, interval=Interval(months=1, days=2, nanos=3), list=[1], map={a=1}, row=Row(a=1))",
            row.toString(),
        )
    }

    @Test
    fun nullIsNullForObjectsAndAnErrorForNumbersAndFlags() {
        val row = row("x" to null)
        assertNull(row.getString("x"))
        assertNull(row.getDecimal("x"))
        assertNull(row.getBigInteger("x"))
        assertNull(row.getRow("x"))
        for (get in listOf<(String) -> Any>(row::getInt, row::getLong, row::getFloat, row::getDouble, row::getBoolean)) {
            assertTold("the column \"x\" is null here; ask isNull first, or use get") { get("x") }
        }
    }

    @Test
    fun wrongTypesAreToldWithWhatTheColumnHolds() {
        val row = row("l" to 4L, "text" to "x", "list" to listOf(1), "big" to BigInteger.TEN)
        assertTold("the column \"l\" holds values of the class Long, which are no Int") { row.getInt("l") }
        assertTold("the column \"l\" holds values of the class Long, which are no Double") { row.getDouble("l") }
        assertTold("the column \"text\" holds values of the class String, which are no Long") { row.getLong("text") }
        assertTold("the column \"big\" holds values of the class BigInteger, which are no Long") { row.getLong("big") }
        assertTold("the column \"list\" holds values of the class List, which are no String") { row.getString("list") }
        assertTold("the column \"text\" holds values of the class String, which are no BigDecimal") { row.getDecimal("text") }
        assertTold("the column \"text\" holds values of the class String, which are no Boolean") { row.getBoolean(1) }
    }

    @Test
    fun unknownNamesAreToldWithThoseThatAreNear() {
        val error = assertThrows(InvalidArgumentException::class.java) { row("fare_amount" to 1, "tip" to 2)["fare_amuont"] }
        assertEquals("the row has no column \"fare_amuont\"", error.sentence)
        assertEquals(listOf("fare_amount"), error.candidates)
        assertTold("the row has 1 columns, there is none at the position 1") { row("a" to 1)[1] }
        assertTold("the row has 1 columns, there is none at the position -1") { row("a" to 1)[-1] }
    }

    @Test
    fun columnsOfOneNameAreReachedByPositionOnly() {
        val row = row("a" to 1, "b" to 2, "a" to 3)
        assertEquals(listOf(1, 3), listOf(row[0], row[2]))
        assertEquals(2, row["b"])
        val told = "the row has more than one column \"a\": take it by its position, or rename the columns"
        assertTold(told) { row["a"] }
        assertTold(told) { row.getInt("a") }
        assertTold(told) { row.toMap() }
    }

    @Test
    fun rowsAreEqualByNamesAndContent() {
        val row = row("a" to listOf(byteArrayOf(1, 2)), "m" to mapOf("k" to byteArrayOf(3)))
        val same = row("a" to listOf(byteArrayOf(1, 2)), "m" to mapOf("k" to byteArrayOf(3)))
        assertEquals(row, same)
        assertEquals(row.hashCode(), same.hashCode())
        assertNotEquals(row, row("a" to listOf(byteArrayOf(1, 3)), "m" to mapOf("k" to byteArrayOf(3))))
        assertNotEquals(row, row("b" to listOf(byteArrayOf(1, 2)), "m" to mapOf("k" to byteArrayOf(3))))
        assertNotEquals(row("a" to 1), row("a" to 1L))
    }

    private fun assertTold(sentence: String, call: () -> Any?) =
        assertEquals(sentence, assertThrows(InvalidArgumentException::class.java) { call() }.sentence)
}
