// Text: characters are Unicode code points, whatever their bytes.
package polybolos.tests.programs

import io.polybolos.col
import io.polybolos.functions.ascii
import io.polybolos.functions.bit_length
import io.polybolos.functions.concat
import io.polybolos.functions.concat_ws
import io.polybolos.functions.contains
import io.polybolos.functions.ends_with
import io.polybolos.functions.left
import io.polybolos.functions.length
import io.polybolos.functions.lower
import io.polybolos.functions.lpad
import io.polybolos.functions.ltrim
import io.polybolos.functions.octet_length
import io.polybolos.functions.regexp_like
import io.polybolos.functions.regexp_replace
import io.polybolos.functions.repeat
import io.polybolos.functions.replace
import io.polybolos.functions.right
import io.polybolos.functions.rpad
import io.polybolos.functions.rtrim
import io.polybolos.functions.split_part
import io.polybolos.functions.starts_with
import io.polybolos.functions.strpos
import io.polybolos.functions.substring
import io.polybolos.functions.translate
import io.polybolos.functions.trim
import io.polybolos.functions.upper
import io.polybolos.lit

private val word = col("word")

internal fun Programs.text() {
    measuring()
    changing()
    searching()
    joining()
}

private fun Programs.measuring() {
    program("text/lengths") { s ->
        words(s).select(
            "n",
            length("word") alias "characters",
            octet_length("word") alias "bytes",
            bit_length("word") alias "bits",
            ascii("word") alias "first",
        )
    }

    program("text/parts") { s ->
        words(s).select(
            "n",
            left("word", 2L) alias "l",
            right("word", 3L) alias "r",
            substring("word", 2L) alias "rest",
            substring("word", 5L, 100L) alias "far",
            left("word", -2L) alias "without",
        )
    }

    program("text/splitting") { s ->
        words(s).select(
            "n",
            split_part("word", " ", 1L) alias "first",
            split_part("word", "p", 2L) alias "second",
            split_part("word", " ", -1L) alias "last",
        )
    }
}

private fun Programs.changing() {
    program("text/case") { s ->
        words(s).select(
            "n",
            upper("word") alias "u",
            lower("word") alias "l",
            lower(upper("word")) eq lower("word") alias "same",
        )
    }

    program("text/padding") { s ->
        words(s).select("n", lpad("word", 6L, "*") alias "l", rpad("word", 6L, "é") alias "r", repeat("word", 2L) alias "twice")
    }

    program("text/trimming") { s ->
        words(s).select(
            "n",
            trim("word") alias "t",
            ltrim("word") alias "l",
            rtrim("word") alias "r",
            trim("word", "aA e") alias "c",
        )
    }

    program("text/replacing") { s ->
        words(s).select(
            "n",
            replace("word", "p", "ß") alias "r",
            translate("word", "äé日", "aen") alias "t",
            replace("word", " ", "") alias "packed",
        )
    }
}

private fun Programs.searching() {
    program("text/searching") { s ->
        words(s).select(
            "n",
            strpos("word", "p") alias "p",
            strpos("word", "é") alias "e",
            contains("word", "本") alias "c",
            starts_with("word", "🎯") alias "s",
            ends_with("word", " ") alias "b",
            contains("word", "") alias "all",
        )
    }

    program("text/regular_expressions") { s ->
        words(s).select(
            "n",
            regexp_like("word", "^.{3}$") alias "three",
            regexp_replace("word", "[aeiou]", "_", "g") alias "vowels",
            word regexImatch "^UP" alias "up",
        )
    }

    program("filter/like_counts_characters") { s ->
        words(s).filter((word like "_pfel") or (word like "__語") or (word like "_ dart")).select("word")
    }

    program("compute/text_comparison") { s ->
        words(s).select("n", word lt "a" alias "before", word gte "b" alias "after", word eq "APPLE" alias "same")
    }
}

private fun Programs.joining() {
    program("text/joining") { s ->
        people(s).select(
            "id",
            concat("name", lit("-"), "city") alias "c",
            col("name") concat "-" concat col("city") alias "o",
            concat_ws(", ", "name", "city", col("age").cast("string")) alias "w",
        )
    }
}
