package polybolos.tests

import io.polybolos.Arrow
import io.polybolos.DataFrame
import io.polybolos.DetachedTransport
import io.polybolos.QueryResult
import io.polybolos.Row
import io.polybolos.Session
import io.polybolos.Transport
import io.polybolos.collectAs
import io.polybolos.flight.v1.CancelOutcome
import io.polybolos.flight.v1.ExecutePlan
import io.polybolos.flight.v1.ResultTrailer
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.apache.arrow.memory.BufferAllocator
import org.apache.arrow.vector.VectorSchemaRoot
import org.apache.arrow.vector.dictionary.Dictionary
import org.apache.arrow.vector.ipc.ArrowStreamReader
import org.apache.arrow.vector.types.pojo.Schema
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.io.InputStream

/** Columns that come encoded with a dictionary are read as their values, whichever action asks for them. */
class DictionariesTest {
    data class Words(val words: String?, val numbers: Long?, val inList: List<String?>)

    @Test
    fun rowsHoldTheValues() = assertEquals(VALUES, answered { it.collect() }.map(Row::toList))

    @Test
    fun rowsOfBatchesHoldTheValues() {
        val batches = answered { frame -> runBlocking { frame.asFlow().map { it.rows() }.toList() } }
        assertEquals(VALUES, batches.flatten().map(Row::toList))
    }

    @Test
    fun objectsHoldTheValues() {
        val words = VALUES.map { (word, number, _, list) -> listOf(word, number, list) }
        assertEquals(words, answered { it.collectAs<Words>() }.map { listOf(it.words, it.numbers, it.inList) })
    }

    @Test
    fun tablesShowTheValues() {
        val expected = resource("dictionaries.1000000.0.txt").reader().readText()
        assertEquals(expected, answered { it.toTableString(1_000_000) })
    }

    private fun <T> answered(action: (DataFrame) -> T): T {
        Arrow.open()
        return Session(Encoded()).use { action(it.range(1)) }
    }

    private companion object {
        val VALUES = listOf(
            listOf("b", 1L, "x", listOf("b", "a")),
            listOf("a", null, null, emptyList<String>()),
            listOf(null, 3L, null, listOf(null)),
            listOf("b", 1L, null, listOf("b")),
            listOf("日本", 3L, "x", listOf("日本")),
        )

        fun resource(name: String): InputStream = checkNotNull(DictionariesTest::class.java.getResourceAsStream("/show/$name"))
    }

    /** Answers every query with the same encoded columns. */
    private class Encoded(private val detached: Transport = DetachedTransport()) : Transport by detached {
        override fun execute(request: ExecutePlan): QueryResult =
            Result(ArrowStreamReader(resource("dictionaries.arrows"), allocator), request.operationId, allocator)
    }

    private class Result(private val reader: ArrowStreamReader, override val queryId: String, allocator: BufferAllocator) : QueryResult(allocator) {
        override val trailer: ResultTrailer? = null

        override fun getVectorSchemaRoot(): VectorSchemaRoot = reader.vectorSchemaRoot

        override fun getDictionaryVectors(): Map<Long, Dictionary> = reader.dictionaryVectors

        override fun lookup(id: Long): Dictionary? = reader.lookup(id)

        override fun next(): Boolean = reader.loadNextBatch()

        override fun cancel(): CancelOutcome = CancelOutcome.CANCEL_OUTCOME_UNSPECIFIED

        override fun close(): Unit = reader.close()

        override fun readSchema(): Schema = vectorSchemaRoot.schema

        override fun bytesRead(): Long = reader.bytesRead()

        override fun closeReadSource(): Unit = close()
    }
}
