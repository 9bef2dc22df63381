package io.polybolos.bench

import com.fasterxml.jackson.databind.ObjectMapper
import com.github.ajalt.mordant.rendering.TextAlign
import com.github.ajalt.mordant.table.table
import com.github.ajalt.mordant.terminal.Terminal
import java.nio.file.Path

/** Figures as a table for people and as JSON for programs. */
internal object Reports {
    fun print(report: Report) {
        val terminal = Terminal()
        terminal.println(
            table {
                column(0) { align = TextAlign.LEFT }
                (1..COLUMNS).forEach { column(it) { align = TextAlign.RIGHT } }
                header { row("query", "end", "min ms", "median ms", "max ms", "first batch ms", "rows", "bytes", "ratio") }
                body { report.figures.forEach { row(*cells(report, it).toTypedArray()) } }
            },
        )
        ratio(report)?.let { terminal.println("${report.ends[1]} / ${report.ends[0]}: geometric mean of the medians %.3f".format(it)) }
    }

    private fun cells(report: Report, figures: Figures): List<String> = listOf(
        figures.query,
        figures.end,
        millis(figures.millis.min),
        millis(figures.millis.median),
        millis(figures.millis.max),
        millis(figures.firstBatchMillis.median),
        figures.rows.toString(),
        figures.bytes.toString(),
        ratioOf(report, figures)?.let { "%.3f".format(it) } ?: "",
    )

    private fun millis(value: Double) = "%.1f".format(value)

    /** How much longer the second end takes than the first. */
    private fun ratioOf(report: Report, figures: Figures): Double? {
        if (report.ends.size < 2 || figures.end != report.ends[1]) return null
        val first = report.figures.first { it.query == figures.query && it.end == report.ends[0] }
        return figures.millis.median / first.millis.median
    }

    private fun ratio(report: Report): Double? =
        report.figures.mapNotNull { ratioOf(report, it) }.takeIf(List<Double>::isNotEmpty)?.let(Statistics::geometricMean)

    fun write(report: Report, file: Path) {
        val json = mapOf(
            "ends" to report.ends,
            "clients" to report.clients,
            "ratio_geometric_mean" to ratio(report),
            "queries" to report.figures.map { of(report, it) },
            "wrong" to report.wrong,
        )
        ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(file.toFile(), json)
    }

    private fun of(report: Report, figures: Figures) = mapOf(
        "query" to figures.query,
        "end" to figures.end,
        "min_ms" to figures.millis.min,
        "median_ms" to figures.millis.median,
        "max_ms" to figures.millis.max,
        "first_batch_ms" to figures.firstBatchMillis.median,
        "rows" to figures.rows,
        "bytes" to figures.bytes,
        "runs" to figures.runs.size,
        "ratio" to ratioOf(report, figures),
    )

    private const val COLUMNS = 8
}
