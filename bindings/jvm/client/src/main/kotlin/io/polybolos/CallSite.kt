package io.polybolos

/** Finds the line of the user's program that called into this library. */
internal object CallSite {
    private val walker = StackWalker.getInstance()

    /** The nearest caller that is neither this library nor a language's runtime. */
    fun here(): StackTraceElement? = walker.walk { frames -> frames.filter { isUsers(it.className) }.findFirst() }.map { it.toStackTraceElement() }.orElse(null)

    private fun isUsers(className: String): Boolean {
        val inPackage = className.substringBeforeLast('.', "")
        return inPackage !in OURS && RUNTIMES.none(className::startsWith)
    }

    private val OURS = setOf("io.polybolos", "io.polybolos.functions", "io.polybolos.flight", "io.polybolos.embedded")
    private val RUNTIMES = listOf("java.", "jdk.", "sun.", "kotlin.", "kotlinx.", "scala.")
}

/** Runs the block; a mistake in it is told at the user's line. */
internal inline fun <T> told(block: () -> T): T = try {
    block()
} catch (error: PolybolosException) {
    throw if (error.callSite == null) error.facts.copy(callSite = CallSite.here()).toException() else error
}
