"""Writes WidthTables.kt: how wide terminals show characters, learned from the tables that the Python package prints.

Run it when the Unicode version of the Rust client changes:

    python bindings/jvm/client/src/test/resources/show/make_widths.py
"""

import contextlib
import io
import pathlib
import textwrap

import polybolos as pb
import pyarrow as pa

TARGET = pathlib.Path(__file__).parents[3] / "main/kotlin/io/polybolos/WidthTables.kt"
SURROGATES = range(0xD800, 0xE000)
ESCAPED = {ord("\n"), ord("\r"), ord("\t")}
CHARS = [code for code in range(0x110000) if code not in SURROGATES and code not in ESCAPED]
ROWS = 100_000
BASE = 36
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
LINE_CHARS = 120

WOMAN, SKIN, ZWJ, TEXT, EMOJI = "\U0001f469", "\U0001f3fb", "\u200d", "\ufe0e", "\ufe0f"
LAM, ALEF = "\u0644", "\u0627"

HEAD = """package io.polybolos

/** Sets of characters for [TextWidth]; made by `src/test/resources/show/make_widths.py`, not by hand. */
internal object WidthTables {
"""


def widths(session, texts):
    """How wide each text is shown: the bar after it ends it, and what is left of the column are blanks."""
    for first in range(0, len(texts), ROWS):
        part = texts[first : first + ROWS]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            session.from_arrow(pa.table({"a name that is wider than each": pa.array([text + "|" for text in part])})).show(len(part))
        lines = printed.getvalue().split("\n")
        column = len(lines[0]) - len("+--+")
        for text, line in zip(part, lines[4:]):
            blanks = len(line) - len(f"| {text}| ") - len(" |") + 1
            yield column - blanks - 1


def probe(session, text):
    return dict(zip(CHARS, widths(session, [text(chr(code)) for code in CHARS])))


def sets(session):
    alone = probe(session, lambda char: char)
    before_woman = probe(session, lambda char: char + ZWJ + WOMAN)
    as_emoji = probe(session, lambda char: char + EMOJI + ZWJ + WOMAN)
    as_text = probe(session, lambda char: char + TEXT)
    with_skin = probe(session, lambda char: char + SKIN)
    in_ligature = probe(session, lambda char: LAM + char + ALEF)
    shown = [code for code in CHARS if alone[code] > 0]
    return {
        ("NONE", "Characters that take no place."): [code for code in CHARS if alone[code] == 0],
        ("WIDE", "Characters that take two places."): [code for code in CHARS if alone[code] == 2],
        ("EMOJI", "Wide characters that join to emoji."): [code for code in shown if before_woman[code] == 2],
        ("EMOJI_BASES", "Characters that are emoji before U+FE0F."): [code for code in shown if as_emoji[code] == 2],
        ("TEXT_BASES", "Wide characters that are narrow before U+FE0E."): [c for c in shown if alone[c] == 2 and as_text[c] == 1],
        ("MODIFIER_BASES", "Emoji that take a skin tone."): [code for code in shown if with_skin[code] == 2],
        ("LIGATURE_BREAKS", "Characters without a place that keep lam and alef apart."): [
            code for code in CHARS if alone[code] == 0 and in_ligature[code] != 1
        ],
    }


def base36(number):
    digits = ""
    while True:
        number, digit = divmod(number, BASE)
        digits = DIGITS[digit] + digits
        if number == 0:
            return digits


def runs(codes):
    """The set as numbers: how many characters are out, how many are in, and so on. Surrogates count as what is before them."""
    members, numbers, at, inside = set(codes), [], 0, False
    for code in range(0x110000):
        now = inside if code in SURROGATES else code in members
        if now != inside:
            numbers.append(code - at)
            at, inside = code, now
    return numbers + ([0x110000 - at] if inside else [])


def main():
    session = pb.connect()
    out = [HEAD]
    for (name, sentence), codes in sets(session).items():
        lines = textwrap.wrap(" ".join(map(base36, runs(codes))), LINE_CHARS)
        out.append(f"    /** {sentence} */\n    val {name}: CodePoints = CodePoints(\n")
        out.append(' " +\n'.join(f'        "{line}' for line in lines) + '",\n    )\n\n')
    TARGET.write_text("".join(out).rstrip() + "\n}\n")


main()
