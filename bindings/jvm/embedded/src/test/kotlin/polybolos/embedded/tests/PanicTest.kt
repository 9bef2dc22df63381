package polybolos.embedded.tests

import io.polybolos.InternalException
import io.polybolos.Polybolos
import io.polybolos.embedded.Failures
import io.polybolos.embedded.Native
import io.polybolos.embedded.NativeException
import org.apache.arrow.c.ArrowArrayStream
import org.apache.arrow.c.Data
import org.apache.arrow.memory.RootAllocator
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test

/** A panic of the native library is an exception, and the JVM goes on. */
class PanicTest {
    @BeforeEach
    fun `only debug builds panic on demand`() {
        openTransport().close()
        val missing = runCatching { Panics.panic() }.exceptionOrNull() is UnsatisfiedLinkError
        assumeTrue(!missing, "a release build of the library")
    }

    @Test
    fun `a panic in a native is an exception`() {
        val error = assertThrows(NativeException::class.java) { Panics.panic() }.asPolybolosException()
        assertTrue(error is InternalException)
        assertEquals("the native library panicked: as it was asked to", error.sentence)
        assertEquals(1, Polybolos.embedded().use { it.range(1).count() })
    }

    @Test
    fun `a panic while a result is read is an exception`() {
        RootAllocator().use { allocator ->
            val stream = ArrowArrayStream.allocateNew(allocator)
            val query = Panics.panickingQuery(stream.memoryAddress())
            Data.importArrayStream(allocator, stream).use { reader ->
                repeat(2) {
                    assertFalse(reader.loadNextBatch())
                    val error = Failures.of(checkNotNull(Native.failure(query)))
                    assertTrue(error is InternalException)
                    assertEquals("the native library panicked: as it was asked to", error.sentence)
                }
            }
            Native.closeQuery(query)
        }
    }
}
