package polybolos.bench.tests

import io.polybolos.bench.Answer
import io.polybolos.bench.Statistics
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import java.math.BigDecimal

/** When two answers are the same. */
class AnswerTest {
    private fun answer(vararg rows: List<Any?>) = Answer(listOf("a", "b"), rows.asList())

    private fun same(ours: Any?, right: Any?) = answer(listOf("x", ours)).difference(answer(listOf("x", right))) == null

    @Test
    fun `rows are compared in no order`() {
        assertNull(answer(listOf("x", 1L), listOf("y", 2L)).difference(answer(listOf("y", "2"), listOf("x", "1"))))
        assertNotNull(answer(listOf("x", 1L), listOf("y", 1L)).difference(answer(listOf("y", "1"), listOf("y", "1"))))
    }

    @Test
    fun `columns and numbers of rows are compared`() {
        assertEquals("the columns [a, b] instead of [a]", answer().difference(Answer(listOf("a"), emptyList())))
        assertEquals("1 rows instead of 0", answer(listOf(1, 2)).difference(answer()))
        assertEquals("the row [1, 2] instead of [1, 3]", answer(listOf(1, 2)).difference(answer(listOf("1", "3"))))
    }

    @Test
    fun `decimals are exact, floats differ in their last digits`() {
        assertEquals(true, same(BigDecimal("1.50"), "1.5"))
        assertEquals(false, same(BigDecimal("1.51"), "1.5"))
        assertEquals(false, same(BigDecimal("123456789.010001"), "123456789.010000"))
        assertEquals(true, same(0.1 + 0.2, "0.3"))
        assertEquals(true, same(1e15 + 1, 1e15 + 2))
        assertEquals(false, same(0.30001, "0.3"))
        assertEquals(false, same(25.5, "25.537587116854997"))
    }

    @Test
    fun `a decimal of few digits is the rounded float`() {
        assertEquals(true, same(BigDecimal("25.537587"), "25.537587116854997"))
        assertEquals(false, same(BigDecimal("25.537585"), "25.537587116854997"))
    }

    @Test
    fun `texts, nulls and what is no number are compared as they are written`() {
        assertEquals(true, same("13", "13"))
        assertEquals(false, same("13", "13.0"))
        assertEquals(true, same(null, ""))
        assertEquals(false, same(1, ""))
        assertEquals(false, same(1, "x"))
        assertEquals(true, same(Double.NaN, Double.NaN))
        assertEquals(false, same(Double.NaN, 0.0))
    }

    @Test
    fun `the median lies in the middle`() {
        assertEquals(2.0, Statistics(listOf(9.0, 1.0, 2.0)).median)
        assertEquals(3.0, Statistics(listOf(9.0, 1.0, 2.0, 4.0)).median)
        assertEquals(listOf(1.0, 9.0), Statistics(listOf(9.0, 1.0)).run { listOf(min, max) })
        assertEquals(2.0, Statistics.geometricMean(listOf(1.0, 4.0)), 1e-12)
    }
}
