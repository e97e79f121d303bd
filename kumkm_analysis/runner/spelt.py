"""Numbers that are written in words: where a text counts with them, and what they say."""

from __future__ import annotations

import re

# What no page counts: a number in words before it measures, or is a rule's.
MEASURES = frozenset((
    "times", "years", "year", "months", "month", "per", "points", "point", "digits", "digit",
    "questions", "to", "and", "or", "kali", "tahun", "bulan", "persen", "poin", "pertanyaan",
    "sampai", "dan", "atau",
))  # fmt: skip
SCALES = {
    "ribu": 3, "juta": 6, "miliar": 9, "triliun": 12,
    "thousand": 3, "million": 6, "billion": 9, "trillion": 12,
}  # fmt: skip
SCALE = "|".join(SCALES)
WORDS = (
    "dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|se(?:puluh|belas|ratus|ribu|juta|lusin)|belas|"
    "puluh|ratus|lusin|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    "(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|"
    f"dozens?|{SCALE}"
)
SPELT = re.compile(
    r"\b(?:(every|each|per|setiap|tiap|times\sone|dikali)\s)?"
    rf"(?!(?:(?<=\d\s)|(?<=Rp\s))(?:{SCALE})\b)"  # that is the scale of a numeral, or of a chart
    rf"((?:(?:{WORDS})(?:[\s-]|\sand\s))*(?:{WORDS}))\b(?![\s-](?:{WORDS})\b)(?:[\s-](\w+))?",
    re.IGNORECASE,
)
OF_LAW = re.compile(r"\b(?:Law|UU|Undang-Undang)\b")
ANY_TWO = frozenset({"two", "dua"})
BY = frozenset({"times one", "dikali"})
FACTORS = frozenset({"hundred", "hundred thousand", "seratus", "seratus ribu"})  # of a rate
ONES = (
    "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen",
)
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
SAID = {
    **{word: number for words in ONES for number, word in enumerate(words.split())},
    **{word: 10 * number for number, word in enumerate(TENS.split(), start=2)},
}
TIMES = {"ratus": 100, "hundred": 100, "lusin": 12, "dozen": 12, "dozens": 12}
SAID_ONE = {f"se{word}": (1, word) for word in ("ratus", "lusin", "ribu", "juta")}
ANY_SAID = "|".join((*SAID, *SCALES, *SAID_ONE, *TIMES, "belas", "puluh"))
NUMBER = re.compile(rf"\b(?:{ANY_SAID})\b(?:(?:[\s-]|\sand\s)(?:{ANY_SAID})\b)*", re.IGNORECASE)


def spelt(text: str) -> list[str]:
    """Return the counts of a text that are written in words.

    "One" and "two" are left alone, since they speak of any one or two as often as they count; so
    is what a rate is of and its factor ("times one hundred"), what measures ("three times"), and a
    sentence on what a law demands.

    >>> spelt("dua belas koperasi, dua jenis; twenty-two members for every hundred thousand people")
    ['dua belas', 'twenty-two']
    >>> spelt("three times in four years, six other sources, nine markets")
    ['six', 'nine']
    >>> spelt("There were twelve (a dozen), times one hundred. Rp million; times one dozen")
    ['twelve', 'dozen', 'dozen']
    """
    sentences = (part for part in re.split(r"(?<=\.)\s", text) if not OF_LAW.search(part))
    found = (spoken for part in sentences for spoken in SPELT.findall(part))
    return [
        count
        for before, count, what in found
        if count.lower() not in ANY_TWO
        and what.lower() not in MEASURES
        and not (before and (before.lower() not in BY or count.lower() in FACTORS))
    ]


def number(words: str) -> int:
    """Return what a number in words says.

    >>> [number(said) for said in ("eight", "dua belas", "twenty-two", "satu juta seribu lima")]
    [8, 12, 22, 1001005]
    >>> number("three hundred and five thousand"), number("tujuh ratus lima puluh satu")
    (305000, 751)
    """
    whole = below = last = 0  # what is said before and after the latest thousand, and by one word
    for said in re.split(r"[\s-]", words.lower()):
        one, word = SAID_ONE.get(said, (0, said))
        below, last = (below + one, one) if one else (below, last)
        if word in SAID:
            last = SAID[word]
            below += last
        elif word == "belas":
            below += 10
        elif word == "puluh":
            below += 9 * last
        elif word in TIMES:
            below += TIMES[word] * last - last if last else TIMES[word]
        elif word in SCALES:
            whole, below, last = whole + (below or 1) * 10 ** SCALES[word], 0, 0
    return whole + below
