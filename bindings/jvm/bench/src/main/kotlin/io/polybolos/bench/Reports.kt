package io.polybolos.bench

import com.fasterxml.jackson.databind.ObjectMapper
import com.github.ajalt.mordant.rendering.TextAlign
import com.github.ajalt.mordant.table.Borders
import com.github.ajalt.mordant.table.table
import com.github.ajalt.mordant.terminal.Terminal
import java.nio.file.Path

/** Figures as a table for people and as JSON for programs. */
internal object Reports {
    private val COLUMNS = listOf("query", "end", "min ms", "median ms", "max ms", "first batch ms", "rows", "bytes", "ratio")
    private const val NAMES = 2

    /** Where nobody looks, no line is broken. */
    private const val WIDTH_PIPED = 1_000

    fun print(report: Report) {
        val shown = if (report.ends.size == 2) COLUMNS else COLUMNS - "ratio"
        val terminal = Terminal(nonInteractiveWidth = WIDTH_PIPED)
        terminal.println(
            table {
                tableBorders = Borders.ALL
                (NAMES until shown.size).forEach { column(it) { align = TextAlign.RIGHT } }
                header { row(*shown.toTypedArray()) }
                body {
                    cellBorders = Borders.LEFT_RIGHT
                    report.figures.forEach { row(*cells(report, it).take(shown.size).toTypedArray()) }
                }
            },
        )
        val (warmup, runs, clients) = with(report.rounds) { Triple(warmup, runs, clients) }
        terminal.println("clients: $clients, runs of each: $runs, after $warmup that did not count")
        ratio(report)?.let { terminal.println("${report.ends[1]} / ${report.ends[0]}: ${it.text(3)}, the geometric mean of the medians' ratios") }
    }

    private fun cells(report: Report, figures: Figures): List<String> = listOf(
        figures.query,
        figures.end,
        figures.millis.min.text(1),
        figures.millis.median.text(1),
        figures.millis.max.text(1),
        figures.firstBatchMillis.median.text(1),
        figures.rows.toString(),
        figures.bytes.toString(),
        ratioOf(report, figures)?.text(3) ?: "",
    )

    /** How much longer the second end takes than the first. */
    private fun ratioOf(report: Report, figures: Figures): Double? {
        if (report.ends.size < 2 || figures.end != report.ends[1]) return null
        val first = report.figures.first { it.query == figures.query }
        return figures.millis.median / first.millis.median
    }

    private fun ratio(report: Report): Double? =
        report.figures.mapNotNull { ratioOf(report, it) }.takeIf(List<Double>::isNotEmpty)?.let(Statistics::geometricMean)

    fun write(report: Report, file: Path) {
        val json = mapOf(
            "suite" to report.suite,
            "ends" to report.ends,
            "clients" to report.rounds.clients,
            "warmup" to report.rounds.warmup,
            "runs" to report.rounds.runs,
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
        "runs" to figures.runs,
        "ratio" to ratioOf(report, figures),
    )
}
