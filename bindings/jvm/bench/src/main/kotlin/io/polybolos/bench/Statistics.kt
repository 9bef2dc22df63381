package io.polybolos.bench

import java.util.Locale
import kotlin.math.exp
import kotlin.math.ln

/** Least, middle and largest of some figures. */
internal class Statistics(figures: List<Double>) {
    private val sorted = figures.sorted()

    val min: Double get() = sorted.first()
    val max: Double get() = sorted.last()
    val median: Double get() = (sorted[(sorted.size - 1) / 2] + sorted[sorted.size / 2]) / 2

    companion object {
        fun geometricMean(ratios: List<Double>): Double = exp(ratios.sumOf(::ln) / ratios.size)
    }
}

/** The number with so many digits after the point, the same in every country. */
internal fun Double.text(digits: Int): String = String.format(Locale.ROOT, "%.${digits}f", this)
