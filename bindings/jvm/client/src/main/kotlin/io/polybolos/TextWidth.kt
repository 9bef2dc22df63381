package io.polybolos

/**
 * How many columns of a terminal a text takes.
 *
 * A character takes none, one or two, after Unicode Standard Annex 11. Some sequences take less than their characters: emoji that are
 * joined or have a skin tone, characters that are turned into emoji or back by a selector, and ligatures of a few scripts. The text is
 * read from its end, so that what follows a character is known; that is all the memory there is.
 *
 * The Rust client measures with the crate unicode-width, whose documentation has the rules; both agree on every character.
 */
internal object TextWidth {
    private const val JOINER = 0x200d
    private const val KHMER_BEYYAL = 0x17d8
    private const val EMOJI_SELECTOR = 0xfe0f
    private const val TEXT_SELECTOR = 0xfe0e
    private const val WIDE_QUOTE_SELECTOR = 0xfe01
    private val SELECTORS = setOf(EMOJI_SELECTOR, TEXT_SELECTOR, WIDE_QUOTE_SELECTOR)

    /** No character up to here is in any table. */
    private const val PLAIN_MAX = 0xa0

    fun of(text: String): Int = if (text.all { it in ' '..'~' }) text.length else measured(text)

    private fun measured(text: String): Int {
        var following = Following(After.PLAIN)
        var width = 0
        var at = text.length
        while (at > 0) {
            val char = text.codePointBefore(at)
            val (more, now) = step(char, following)
            width += more
            following = now
            at -= Character.charCount(char)
        }
        return width
    }

    /** What stands after a character: something that it may join, and selectors in between. */
    private data class Following(val after: After, val selectors: Set<Int> = emptySet())

    private fun step(char: Int, next: Following): Pair<Int, Following> = when {
        EMOJI_SELECTOR !in next.selectors -> narrowed(char, next)
        char in WidthTables.EMOJI_BASES -> (if (next.after.joinsEmoji) 0 else 2) to Following(After.EMOJI)
        next.after.isLigature -> narrowed(char, next.copy(selectors = next.selectors - EMOJI_SELECTOR))
        else -> narrowed(char, Following(After.PLAIN))
    }

    private fun narrowed(char: Int, next: Following): Pair<Int, Following> = when {
        char == '\n'.code -> 1 to Following(After.LINE_FEED)
        char == '\r'.code && next.after == After.LINE_FEED -> 0 to Following(After.PLAIN)
        char <= PLAIN_MAX -> 1 to Following(After.PLAIN)
        char in SELECTORS -> 0 to selected(char, next)
        TEXT_SELECTOR in next.selectors && char in WidthTables.TEXT_BASES -> 1 to Following(After.PLAIN)
        WIDE_QUOTE_SELECTOR in next.selectors && char in Chars.QUOTES -> 2 to Following(After.PLAIN)
        else -> transparent(char, next.after) ?: joined(char, next.after) ?: alone(char)
    }

    private fun selected(selector: Int, next: Following): Following = when {
        next.after.isLigature -> next.copy(selectors = next.selectors + selector)
        selector == EMOJI_SELECTOR && next.after.joinsEmoji -> Following(next.after, setOf(selector))
        else -> Following(After.PLAIN, setOf(selector))
    }

    /** A character that ligatures do not see. */
    private fun transparent(char: Int, after: After): Pair<Int, Following>? = when {
        !after.isTransparent -> null
        char == JOINER -> 0 to Following(after.joined)
        char in Chars.INVISIBLE_MARKS -> 0 to Following(after)
        else -> null
    }

    /** A character that makes a sequence with what follows. */
    private fun joined(char: Int, after: After): Pair<Int, Following>? =
        after.steps.firstOrNull { char in it.chars }?.let { it.width to Following(it.then()) }

    private fun alone(char: Int): Pair<Int, Following> {
        val width = if (char in WidthTables.NONE) 0 else if (char in WidthTables.WIDE) 2 else if (char == KHMER_BEYYAL) 3 else 1
        return width to Following(LAST.firstOrNull { (chars, _) -> char in chars }?.second ?: After.PLAIN)
    }

    /** What characters are to those before them. */
    private val LAST: List<Pair<CodePoints, After>> = listOf(
        Chars.SKINS to After.SKIN,
        WidthTables.EMOJI to After.EMOJI,
        Chars.FLAG_LETTERS to After.FLAG,
        Chars.ALEFS to After.ALEF,
        codePoints(0x5dc) to After.LAMED,
        Chars.KHMER_LETTERS to After.KHMER,
        codePoints(0x1a10) to After.BUGINESE_YA,
        Chars.TIFINAGH_CONSONANTS to After.TIFINAGH,
        codePoints(0xa4fc, 0xa4fd) to After.LISU_TONE,
        codePoints(0x10c03) to After.ORKHON_I,
        codePoints(0x16d67) to After.KIRAT_E,
        codePoints(0x16d68) to After.KIRAT_AI,
    )
}

/** What a character may stand before, and the characters that make a sequence with it. */
private enum class After(vararg val steps: Step, val isLigature: Boolean = false, val isTransparent: Boolean = isLigature) {
    PLAIN,
    LINE_FEED,

    EMOJI(Step(Chars.JOINER, 0) { JOINED }),
    SKIN(Step(WidthTables.MODIFIER_BASES, 0) { EMOJI }, Step(Chars.JOINER, 0) { JOINED }),
    FLAG(Step(Chars.FLAG_LETTERS, 1) { FLAGS }),
    FLAGS(Step(Chars.FLAG_LETTERS, 1) { FLAGS }, Step(Chars.JOINER, 0) { JOINED }),

    /** A joiner, and then an emoji: what goes before takes no place of its own. */
    JOINED(
        Step(Chars.KEYCAP, 0) { JOINED_KEYCAP },
        Step(Chars.FLAG_LETTERS, 1) { JOINED_FLAG },
        Step(Chars.SKINS, 0) { SKIN },
        Step(Chars.TAG_END, 0) { TAGS },
        Step(WidthTables.EMOJI, 0) { EMOJI },
    ),
    JOINED_KEYCAP,
    JOINED_FLAG(Step(Chars.FLAG_LETTERS, -1) { JOINED_FLAGS }),
    JOINED_FLAGS(Step(Chars.FLAG_LETTERS, 3) { JOINED_FLAGS_ODD }, Step(Chars.JOINER, 0) { JOINED }),
    JOINED_FLAGS_ODD(Step(Chars.FLAG_LETTERS, -1) { JOINED_FLAGS }, Step(Chars.JOINER, 0) { JOINED }),

    /** The tags of a region, such as those of Scotland's flag: a few letters, with up to three digits among the first of them. */
    TAGS(Step(Chars.TAG_LETTERS, 0) { TAGS_1 }, Step(Chars.TAG_DIGITS, 0) { DIGITS_1 }),
    TAGS_1(Step(Chars.TAG_LETTERS, 0) { TAGS_2 }, Step(Chars.TAG_DIGITS, 0) { DIGITS_1 }),
    TAGS_2(Step(Chars.TAG_LETTERS, 0) { TAGS_3 }, Step(Chars.TAG_DIGITS, 0) { DIGITS_1 }),
    TAGS_3(Step(Chars.TAG_LETTERS, 0) { TAGS_4 }, Step(Chars.TAG_DIGITS, 0) { DIGITS_1 }, Step(Chars.BLACK_FLAG, 0) { EMOJI }),
    TAGS_4(Step(Chars.TAG_LETTERS, 0) { TAGS_5 }, Step(Chars.TAG_DIGITS, 0) { DIGITS_1 }, Step(Chars.BLACK_FLAG, 0) { EMOJI }),
    TAGS_5(Step(Chars.TAG_LETTERS, 0) { TAGS_6 }, Step(Chars.BLACK_FLAG, 0) { EMOJI }),
    TAGS_6(Step(Chars.BLACK_FLAG, 0) { EMOJI }),
    DIGITS_1(Step(Chars.TAG_DIGITS, 0) { DIGITS_2 }),
    DIGITS_2(Step(Chars.TAG_DIGITS, 0) { DIGITS_3 }),
    DIGITS_3(Step(Chars.BLACK_FLAG, 0) { EMOJI }),

    ALEF(Step(Chars.LAMS, 0) { PLAIN }, Step(Chars.ARABIC_MARKS, 0) { ALEF }, isLigature = true, isTransparent = false),
    LAMED(isLigature = true),
    JOINED_LAMED(Step(codePoints(0x5d0), 0) { PLAIN }, isLigature = true),
    KHMER(Step(codePoints(0x17d2), -1) { PLAIN }, isLigature = true),
    BUGINESE_YA(isLigature = true),
    JOINED_BUGINESE_YA(Step(codePoints(0x1a17), 0) { BUGINESE_I_YA }, isLigature = true),
    BUGINESE_I_YA(Step(codePoints(0x1a15), 0) { PLAIN }, isLigature = true),
    TIFINAGH(Step(Chars.TIFINAGH_JOINER, 1) { TIFINAGH_PAIR }, isLigature = true),
    JOINED_TIFINAGH(
        Step(Chars.TIFINAGH_JOINER, 1) { TIFINAGH_PAIR },
        Step(Chars.TIFINAGH_CONSONANTS, 0) { PLAIN },
        isLigature = true,
    ),
    TIFINAGH_PAIR(Step(Chars.TIFINAGH_CONSONANTS, -1) { PLAIN }, isLigature = true),
    LISU_TONE(Step(codePoints(0xa4f8..0xa4fb), 0) { PLAIN }, isLigature = true),
    ORKHON_I(isLigature = true),
    JOINED_ORKHON_I(Step(codePoints(0x10c32), 0) { PLAIN }, isLigature = true),

    KIRAT_E(
        Step(codePoints(0x16d63, 0x16d69), 0) { PLAIN },
        Step(codePoints(0x16d67), 0) { KIRAT_AI },
        Step(codePoints(0x16d68), 1) { KIRAT_E },
    ),
    KIRAT_AI(Step(codePoints(0x16d63), 0) { PLAIN }),
    ;

    /** Whether an emoji before it, made by a selector, is part of it. */
    val joinsEmoji: Boolean get() = this == JOINED || this == JOINED_KEYCAP

    /** The same with a joiner before it. */
    val joined: After
        get() = when (this) {
            LAMED -> JOINED_LAMED
            BUGINESE_YA -> JOINED_BUGINESE_YA
            TIFINAGH -> JOINED_TIFINAGH
            ORKHON_I -> JOINED_ORKHON_I
            else -> this
        }
}

/** These characters take this width more, and are then what the ones before them stand before. */
private class Step(val chars: CodePoints, val width: Int, val then: () -> After)

private object Chars {
    val JOINER = codePoints(0x200d)
    val KEYCAP = codePoints(0x20e3)
    val QUOTES = codePoints(0x2018, 0x2019, 0x201c, 0x201d)
    val SKINS = codePoints(0x1f3fb..0x1f3ff)
    val FLAG_LETTERS = codePoints(0x1f1e6..0x1f1ff)
    val BLACK_FLAG = codePoints(0x1f3f4)
    val TAG_DIGITS = codePoints(0xe0030..0xe0039)
    val TAG_LETTERS = codePoints(0xe0061..0xe007a)
    val TAG_END = codePoints(0xe007f)

    val ALEFS = codePoints(0x622..0x623, 0x625..0x625, 0x627..0x627, 0x671..0x673, 0x675..0x675, 0x773..0x774, 0x870..0x882)
    val LAMS = codePoints(0x644..0x644, 0x6b5..0x6b8, 0x76a..0x76a, 0x8a6..0x8a6, 0x8c7..0x8c7)
    val ARABIC_MARKS = WidthTables.NONE - WidthTables.LIGATURE_BREAKS
    val KHMER_LETTERS = codePoints(
        0x1780..0x1782, 0x1784..0x1787, 0x1789..0x178c, 0x178e..0x1793, 0x1795..0x1798, 0x179b..0x179d,
        0x17a0..0x17a0, 0x17a2..0x17a2, 0x17a7..0x17a7, 0x17ab..0x17ac, 0x17af..0x17af,
    )
    val TIFINAGH_CONSONANTS = codePoints(0x2d31..0x2d65, 0x2d6f..0x2d6f)
    val TIFINAGH_JOINER = codePoints(0x2d7f)

    /** Marks without a look of their own, which do not part ligatures. */
    val INVISIBLE_MARKS = codePoints(0x34f..0x34f, 0x17b4..0x17b5, 0x180b..0x180d, 0x180f..0x180f, 0xfe00..0xfe0f, 0xe0100..0xe01ef)
}

private fun codePoints(vararg chars: Int) = CodePoints(chars.map { it..it })

private fun codePoints(vararg ranges: IntRange) = CodePoints(ranges.asList())

/** A set of code points; the ranges are in order. */
internal class CodePoints(ranges: List<IntRange>) {
    /** Where the set begins and ends, in turn. Ranges that touch are one: each bound stands once. */
    private val bounds: IntArray =
        ranges.flatMap { listOf(it.first, it.last + 1) }.groupingBy { it }.eachCount().filterValues { it == 1 }.keys.toIntArray()

    /** The lengths of runs that are out of the set and in it, in turn, in base 36. */
    constructor(runs: String) : this(decoded(runs))

    operator fun contains(char: Int): Boolean {
        val at = bounds.binarySearch(char)
        return if (at >= 0) at % 2 == 0 else (-at - 1) % 2 == 1
    }

    operator fun minus(others: CodePoints): CodePoints =
        CodePoints(bounds.asList().chunked(2) { (first, end) -> (first until end).filter { it !in others } }.flatten().map { it..it })

    private companion object {
        fun decoded(runs: String): List<IntRange> {
            var at = 0
            return runs.split(' ').map { it.toInt(36) }.chunked(2) { (outside, inside) ->
                val first = at + outside
                at = first + inside
                first until at
            }
        }
    }
}
