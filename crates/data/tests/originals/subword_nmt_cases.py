"""Makes up corpora and prints what subword-nmt learns from them and makes of them, a JSON object a line.

    python cases.py SEED COUNT

The corpora have what breaks programs: white space that is no space, invisible characters, the mark `</w>` and the separator
`@@` as text, characters that mean something in regular expressions, runs of one character, pairs of equal frequency, blank
lines. Lines are given to subword-nmt one by one, so that only line feeds end them; its commands also end them at CR, U+2028
and the like.
"""

import contextlib
import io
import json
import random
import sys

from subword_nmt.apply_bpe import BPE
from subword_nmt.learn_bpe import learn_bpe

ODD = [
    "\u00a0", "\u200d", "\r", "\t", "\u2028", "\u0085", "\u3000", "\x1c", "\x0b", "\u00ad", "\ufeff", "\u0301", "\x00",
    "\U0001f600", "\\", ".", "*", "(", ")", "[", "$", "^", "|", "\\1", "\\g<0>", "</w>", "<", "/w>", "@@", "@", "é", "ß", "한",
]
ALPHABETS = ["ab", "abc", "aab", "etaoinshrdlu", "ab</w>", "</w>", "@a", "01"]


def word(rng):
    kind = rng.random()
    letters = rng.choice(ALPHABETS)
    plain = "".join(rng.choice(letters) for _ in range(rng.randint(1, rng.choice([3, 6, 12]))))
    if kind < 0.4:
        return plain
    if kind < 0.55:
        return plain + "</w>" + rng.choice(["", "1", plain, "</w>", "a"])
    if kind < 0.65:
        return rng.choice(["@@", "@@@", "a@@", "@@a", "</w>", "<", "a</w>"])
    pieces = [rng.choice(ODD) if rng.random() < 0.4 else rng.choice(letters) for _ in range(rng.randint(1, 6))]
    return "".join(pieces).replace(" ", "")


def small(rng):
    bank = [word(rng) for _ in range(rng.randint(1, 25))]
    spaces = [" ", " ", " ", "  "]
    lines = []
    for _ in range(rng.randint(1, 12)):
        words = [bank[min(int(rng.expovariate(0.3)), len(bank) - 1)] for _ in range(rng.randint(0, 12))]
        line = "".join(one + rng.choice(spaces) for one in words)
        lines.append(rng.choice(["", "", " "]) + (line if rng.random() < 0.3 else line.rstrip(" ")))
    return lines, rng.choice([0, 1, 5, 30, 150, 400]), rng.choice([1, 2, 2, 3])


def dense(rng):
    """Words of few parts in all orders, so that a unit comes about in several ways and stands in a word twice."""
    parts = rng.choice(
        [["a", "b", "</w>"], ["a", "b", "c", "</w>", "<", "w>"], ["a", "\u00a0", "b", "\t"], ["a", "b", "</w>", "\x1c"], ["@@", "@", "a"]]
    )
    words = ["".join(rng.choice(parts) for _ in range(rng.randint(1, 8))) for _ in range(rng.randint(2, 50))]
    lines = [" ".join(rng.choice(words) for _ in range(rng.randint(1, 15))) for _ in range(rng.randint(1, 20))]
    return lines, rng.choice([30, 200]), rng.choice([1, 2])


def large(rng):
    """Enough words that rare pairs are struck from the books, which decides later merges."""
    stems = ["".join(rng.choice("abcdefghij") for _ in range(rng.randint(2, 6))) for _ in range(60)]
    ends = ["".join(rng.choice("aest") for _ in range(rng.randint(0, 3))) for _ in range(8)]
    if rng.random() < 0.5:
        ends += ["</w>", "a</w>", "\u00a0a"]
    lines = []
    for _ in range(rng.randint(100, 400)):
        words = []
        for _ in range(rng.randint(3, 15)):
            stem = stems[min(int(rng.expovariate(0.06)), 59)]
            words.append(stem + rng.choice(["", "", rng.choice(stems)]) + rng.choice(ends))
        lines.append(" ".join(words))
    return lines, rng.choice([150, 600, 1200]), rng.choice([1, 2, 5])


def learn(lines, symbols, min_frequency):
    codes = io.StringIO()
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            learn_bpe([line + "\n" for line in lines], codes, symbols, min_frequency)
    except ValueError:
        # No word has two characters: it takes the largest of no counts.
        return []
    return [tuple(line.split(" ")) for line in codes.getvalue().split("\n")[1:-1]]


def segmenter(merges):
    """Built without a file: a codes file of units that begin or end in CR is one that subword-nmt cannot read."""
    bpe = BPE(io.StringIO("#version: 0.2\na b\n"))
    bpe.bpe_codes = {}
    for rank, pair in enumerate(merges):
        bpe.bpe_codes.setdefault(pair, rank)
    return bpe


def old_codes(rng, lines):
    """Codes of version 0.1, which have no header and in which the end of a word is a unit: some merges, good and bad."""
    codes = []
    for _ in range(rng.randint(1, 20)):
        words = [one for line in lines for one in line.split(" ") if one]
        if not words:
            break
        units = list(rng.choice(words)) + ["</w>"]
        while len(units) > 1:
            place = rng.randrange(len(units) - 1)
            pair = units[place : place + 2]
            if "\r" in "".join(pair) or "\n" in "".join(pair):
                break
            codes.append(" ".join(pair))
            units[place : place + 2] = ["".join(pair)]
            if rng.random() < 0.3:
                break
    if rng.random() < 0.3:
        rng.shuffle(codes)
    if not codes or codes[0].startswith("\ufeff"):
        # At the start of a file it is a byte order mark.
        codes.insert(0, "a b")
    return codes


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    for number in range(count):
        rng = random.Random(f"{seed} {number}")
        make = large if number % 20 == 19 else dense if number % 2 else small
        lines, symbols, min_frequency = make(rng)
        merges = learn(lines, symbols, min_frequency)
        bpe = segmenter(merges)
        others = lines + small(rng)[0]
        old = "\n".join(old_codes(rng, lines)) + rng.choice(["\n", "", "\n\n"])
        old_bpe = BPE(io.StringIO(old))
        case = {
            "case": f"seed {seed}, corpus {number}",
            "lines": lines,
            "symbols": symbols,
            "min_frequency": min_frequency,
            "merges": merges,
            "others": others,
            "segmented": [bpe.process_line(line) for line in others],
            "old_codes": old,
            "segmented_by_old": [old_bpe.process_line(line) for line in others],
        }
        print(json.dumps(case))


main()
