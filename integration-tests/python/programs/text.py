"""Text: characters are Unicode code points, whatever their bytes."""

from polybolos import col, lit
from polybolos import functions as F

from . import people, program, words

word = col("word")


@program("text/lengths")
def lengths(s):
    return words(s).select(
        "n",
        characters=F.length("word"),
        bytes=F.octet_length("word"),
        bits=F.bit_length("word"),
        first=F.ascii("word"),
    )


@program("text/case")
def case(s):
    return words(s).select("n", u=F.upper("word"), l=F.lower("word"), same=F.lower(F.upper("word")) == F.lower("word"))


@program("text/parts")
def parts(s):
    return words(s).select(
        "n",
        l=F.left("word", 2),
        r=F.right("word", 3),
        rest=F.substring("word", 2),
        far=F.substring("word", 5, 100),
        without=F.left("word", -2),
    )


@program("text/padding")
def padding(s):
    return words(s).select("n", l=F.lpad("word", 6, "*"), r=F.rpad("word", 6, "é"), twice=F.repeat("word", 2))


@program("text/trimming")
def trimming(s):
    return words(s).select("n", t=F.trim("word"), l=F.ltrim("word"), r=F.rtrim("word"), c=F.trim("word", "aA e"))


@program("text/searching")
def searching(s):
    return words(s).select(
        "n",
        p=F.strpos("word", "p"),
        e=F.strpos("word", "é"),
        c=F.contains("word", "本"),
        s=F.starts_with("word", "🎯"),
        b=F.ends_with("word", " "),
        all=F.contains("word", ""),
    )


@program("text/replacing")
def replacing(s):
    return words(s).select(
        "n",
        r=F.replace("word", "p", "ß"),
        t=F.translate("word", "äé日", "aen"),
        packed=F.replace("word", " ", ""),
    )


@program("text/splitting")
def splitting(s):
    return words(s).select(
        "n",
        first=F.split_part("word", " ", 1),
        second=F.split_part("word", "p", 2),
        last=F.split_part("word", " ", -1),
    )


@program("text/regular_expressions")
def regular_expressions(s):
    return words(s).select(
        "n",
        three=F.regexp_like("word", "^.{3}$"),
        vowels=F.regexp_replace("word", "[aeiou]", "_", "g"),
        up=word.regex_imatch("^UP"),
    )


@program("text/joining")
def joining(s):
    return people(s).select(
        "id",
        c=F.concat("name", lit("-"), "city"),
        o=col("name").concat_op("-").concat_op(col("city")),
        w=F.concat_ws(", ", "name", "city", col("age").cast(str)),
    )


@program("filter/like_counts_characters")
def like_counts_characters(s):
    return words(s).filter(word.like("_pfel") | word.like("__語") | word.like("_ dart")).select("word")


@program("compute/text_comparison")
def text_comparison(s):
    return words(s).select("n", before=word < "a", after=word >= "b", same=word == "APPLE")
