package io.polybolos

/** Names that look alike: what the author of a wrong name may have meant. The same measure as the engine's, Jaro-Winkler. */
internal object NearNames {
    private const val NEAREST_MAX = 3
    private const val NEAR_ENOUGH = 0.8
    private const val PREFIX_CHARS_MAX = 4

    /** Only from here on does a common beginning count. */
    private const val LIKE_ENOUGH = 0.7

    /** Up to three of the names that are spelled almost like the wanted one, the nearest first. */
    fun of(wanted: String, names: Iterable<String>): List<String> = names.distinct()
        .map { it to nearness(wanted.lowercase(), it.lowercase()) }
        .filter { (_, nearness) -> nearness >= NEAR_ENOUGH }
        .sortedWith(compareByDescending<Pair<String, Double>> { it.second }.thenBy { it.first })
        .take(NEAREST_MAX)
        .map { it.first }

    /** W. Winkler, "String Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model of Record Linkage", 1990. */
    private fun nearness(a: String, b: String): Double {
        val jaro = jaro(a, b)
        if (jaro <= LIKE_ENOUGH) return jaro
        val prefix = a.commonPrefixWith(b).length.coerceAtMost(PREFIX_CHARS_MAX)
        return jaro + 0.1 * prefix * (1 - jaro)
    }

    private fun jaro(a: String, b: String): Double {
        if (a.isEmpty() || b.isEmpty()) return if (a == b) 1.0 else 0.0
        val reach = (maxOf(a.length, b.length) / 2 - 1).coerceAtLeast(0)
        val taken = BooleanArray(b.length)
        val common = a.filterIndexed { at, char -> take(b, taken, char, at - reach..at + reach) }
        if (common.isEmpty()) return 0.0
        val counterparts = b.filterIndexed { at, _ -> taken[at] }
        val swapped = common.indices.count { common[it] != counterparts[it] } / 2
        val matches = common.length.toDouble()
        return (matches / a.length + matches / b.length + (matches - swapped) / matches) / 3
    }

    private fun take(text: String, taken: BooleanArray, char: Char, range: IntRange): Boolean {
        val at = range.firstOrNull { it in text.indices && !taken[it] && text[it] == char } ?: return false
        taken[at] = true
        return true
    }
}
