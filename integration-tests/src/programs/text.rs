//! Text: characters are Unicode code points, whatever their bytes.

use polybolos_client::functions as f;
use polybolos_client::{col, lit};

use super::{Program, people, program, words};

pub(super) fn programs() -> Vec<Program> {
    vec![
        program(
            "text/lengths",
            "Characters, bytes and bits are counted apart.",
            "select n, length(word), strlen(word), bit_length(word), ascii(word) from 'words.parquet'",
            |s| {
                words(s)?.select((
                    "n",
                    f::length("word").alias("characters"),
                    f::octet_length("word").alias("bytes"),
                    f::bit_length("word").alias("bits"),
                    f::ascii("word").alias("first"),
                ))
            },
        ),
        program(
            "text/case",
            "Letters with accents have both cases; others stay as they are.",
            "select n, upper(word), lower(word), lower(upper(word)) = lower(word) from 'words.parquet'",
            |s| {
                words(s)?.select((
                    "n",
                    f::upper("word").alias("u"),
                    f::lower("word").alias("l"),
                    f::lower(f::upper("word")).eq(f::lower("word")).alias("same"),
                ))
            },
        ),
        program(
            "text/parts",
            "Parts by position: from the left, from the right, from the middle, beyond the end.",
            "select n, left(word, 2), right(word, 3), substring(word, 2), substring(word, 5, 100), left(word, -2) from 'words.parquet'",
            |s| {
                words(s)?.select((
                    "n",
                    f::left("word", 2i64).alias("l"),
                    f::right("word", 3i64).alias("r"),
                    f::substring("word", 2i64, ()).alias("rest"),
                    f::substring("word", 5i64, 100i64).alias("far"),
                    f::left("word", -2i64).alias("without"),
                ))
            },
        ),
        program(
            "text/padding",
            "Padded, or cut, to a number of characters.",
            "select n, lpad(word, 6, '*'), rpad(word, 6, 'é'), repeat(word, 2) from 'words.parquet'",
            |s| {
                words(s)?.select((
                    "n",
                    f::lpad("word", 6i64, "*").alias("l"),
                    f::rpad("word", 6i64, "é").alias("r"),
                    f::repeat("word", 2i64).alias("twice"),
                ))
            },
        ),
        program(
            "text/trimming",
            "Blanks or given characters go from the ends only.",
            "select n, trim(word), ltrim(word), rtrim(word), trim(word, 'aA e') from 'words.parquet'",
            |s| {
                words(s)?.select((
                    "n",
                    f::trim("word", ()).alias("t"),
                    f::ltrim("word", ()).alias("l"),
                    f::rtrim("word", ()).alias("r"),
                    f::trim("word", "aA e").alias("c"),
                ))
            },
        ),
        program(
            "text/searching",
            "Positions count characters; the empty text is in every text.",
            "select n, strpos(word, 'p'), strpos(word, 'é'), contains(word, '本'), starts_with(word, '🎯'), ends_with(word, ' '), contains(word, '') from 'words.parquet'",
            |s| {
                words(s)?.select((
                    "n",
                    f::strpos("word", "p").alias("p"),
                    f::strpos("word", "é").alias("e"),
                    f::contains("word", "本").alias("c"),
                    f::starts_with("word", "🎯").alias("s"),
                    f::ends_with("word", " ").alias("b"),
                    f::contains("word", "").alias("all"),
                ))
            },
        ),
        program(
            "text/replacing",
            "Every occurrence is replaced; single characters are translated.",
            "select n, replace(word, 'p', 'ß'), translate(word, 'äé日', 'aen'), replace(word, ' ', '') from 'words.parquet'",
            |s| {
                words(s)?.select((
                    "n",
                    f::replace("word", "p", "ß").alias("r"),
                    f::translate("word", "äé日", "aen").alias("t"),
                    f::replace("word", " ", "").alias("packed"),
                ))
            },
        ),
        program(
            "text/splitting",
            "A piece between delimiters; empty where there is none.",
            "select n, split_part(word, ' ', 1), split_part(word, 'p', 2), split_part(word, ' ', -1) from 'words.parquet'",
            |s| {
                words(s)?.select((
                    "n",
                    f::split_part("word", " ", 1i64).alias("first"),
                    f::split_part("word", "p", 2i64).alias("second"),
                    f::split_part("word", " ", -1i64).alias("last"),
                ))
            },
        ),
        program(
            "text/regular_expressions",
            "A dot is one character; classes know Unicode.",
            "select n, regexp_matches(word, '^.{3}$'), regexp_replace(word, '[aeiou]', '_', 'g'), regexp_matches(word, '(?i)^UP') from 'words.parquet'",
            |s| {
                words(s)?.select((
                    "n",
                    f::regexp_like("word", "^.{3}$", ()).alias("three"),
                    f::regexp_replace("word", "[aeiou]", "_", "g").alias("vowels"),
                    col("word").regex_imatch("^UP").alias("up"),
                ))
            },
        ),
        program(
            "text/joining",
            "concat leaves nulls out, the operator does not, concat_ws leaves out their separators too.",
            "select id, concat(name, '-', city), name || '-' || city, concat_ws(', ', name, city, age::varchar) from 'people.parquet'",
            |s| {
                people(s)?.select((
                    "id",
                    f::concat("name", [lit("-"), col("city")]).alias("c"),
                    col("name").concat_op("-").concat_op(col("city")).alias("o"),
                    f::concat_ws(", ", "name", [col("city"), col("age").cast("string")]).alias("w"),
                ))
            },
        ),
        program(
            "filter/like_counts_characters",
            "The underscore of LIKE is one character, of however many bytes.",
            "select word from 'words.parquet' where word like '_pfel' or word like '__語' or word like '_ dart'",
            |s| {
                let word = || col("word");
                words(s)?.filter(word().like("_pfel") | word().like("__語") | word().like("_ dart"))?.select("word")
            },
        ),
        program(
            "compute/text_comparison",
            "Texts compare by bytes: capital letters before small ones, accents after both.",
            "select n, word < 'a', word >= 'b', word = 'APPLE' from 'words.parquet'",
            |s| {
                words(s)?.select((
                    "n",
                    col("word").lt("a").alias("before"),
                    col("word").ge("b").alias("after"),
                    col("word").eq("APPLE").alias("same"),
                ))
            },
        ),
    ]
}
