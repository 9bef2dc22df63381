package io.polybolos.bench

import com.fasterxml.jackson.core.JacksonException
import com.fasterxml.jackson.dataformat.csv.CsvMapper
import com.fasterxml.jackson.dataformat.csv.CsvParser
import java.io.IOException
import java.nio.file.Path

/** Answers that are known to be right, as `integration-tests/tpch/answers` or `polybolos sql --format csv` have them. */
internal object RightAnswers {
    private val rows = CsvMapper().readerForListOf(String::class.java).with(CsvParser.Feature.WRAP_AS_ARRAY)

    /** The answer in this file; its first line has the names of the columns. */
    fun read(file: Path): Answer {
        val lines = try {
            rows.readValues<List<String>>(file.toFile()).use { it.readAll() }
        } catch (error: IOException) {
            throw Failed("$file cannot be read: ${(error as? JacksonException)?.originalMessage ?: error}")
        }
        val columns = lines.firstOrNull() ?: throw Failed("$file is empty; its first line has the names of the columns")
        return Answer(columns, lines.drop(1))
    }
}
