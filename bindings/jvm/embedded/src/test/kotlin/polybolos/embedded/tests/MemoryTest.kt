package polybolos.embedded.tests

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.condition.EnabledOnOs
import org.junit.jupiter.api.condition.OS

/** Nothing is left behind. */
class MemoryTest {
    /** Less than 16 KiB for each round of a session. The heap is whole from the start, so that only what lies beside it can grow. */
    @Test
    @EnabledOnOs(OS.LINUX)
    fun `resident memory does not grow with the sessions`() {
        val heap = listOf("-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC", "-XX:ReservedCodeCacheSize=48m")
        val child = ChildJvm.run(ResidentMemory::class.java, heap + ChildJvm.library)
        assertEquals(0, child.exit, child.output)
        val grown = Regex("grown (-?\\d+)").find(child.output)?.groupValues?.get(1)?.toLong()
        assertTrue(grown != null && grown < 32 shl 20, child.output)
    }
}
