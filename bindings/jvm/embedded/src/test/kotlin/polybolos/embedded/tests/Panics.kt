package polybolos.embedded.tests

/** Natives that panic, which debug builds of the library have: no input that we know of makes one. */
object Panics {
    /** Panics at once. */
    @JvmStatic
    external fun panic()

    /** Fills the C stream at the address with one that panics when it is read; answers the handle of its query. */
    @JvmStatic
    external fun panickingQuery(stream: Long): Long
}
