"""Makes up lines and prints what sacremoses tokenises them to and back, a JSON object a line.

    python sacremoses_cases.py SEED COUNT PREFIXES

The lines keep to what sacremoses does as the script of the Moses toolkit does: no line ends in a word that might keep its full
stop, and there are no control characters U+001C to U+001F, which Python takes for white space, and no Chinese, Japanese or
Korean, which sacremoses' tables of letters do not have.
"""

import json
import random
import sys

from sacremoses import MosesDetokenizer, MosesTokenizer

MARKS = list(".,;:!?'\"`-()[]{}<>|&@#$%/*+=~^_\\") + ["...", "..", "--", "@@", "@@@", "@-@", "</w>", "&amp;", "„", "“", "’", "–", "…", "€"]
SPACES = [" "] * 12 + ["  ", "\t", "\u00a0", "\u2003", "\u2028", "\u0085", "\r"]
LETTERS = ["a", "b", "s", "t", "A", "S", "é", "Ü", "ß", "д", "Я", "π", "0", "1", "9", "²", "Ⅷ", "٣", "\u0301", "\u200d", "\u00ad", "\x01"]
WORDS = ["Dr.", "Nr.", "Nr. 5", "z.B.", "a.m.", "U.S.", "e.g.", "it's", "don't", "o'clock", "60's", "1,000", "1,5.", "3.", "rock'n'roll", "Mr", "x.y."]


def line(rng):
    parts = []
    for _ in range(rng.randint(1, 14)):
        kind = rng.random()
        if kind < 0.25:
            parts.append(rng.choice(WORDS))
        elif kind < 0.45:
            parts.append(rng.choice(MARKS))
        else:
            parts.append("".join(rng.choice(LETTERS + [".", ",", "'"]) for _ in range(rng.randint(1, 5))))
        if rng.random() < 0.7:
            parts.append(rng.choice(SPACES))
    # The last word always loses its full stop to Moses, and not always to sacremoses.
    return "".join(parts) + rng.choice([" end", " end!", ") end", " End ?"])


def main():
    seed, count, prefixes = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    for language in ["de", "en"]:
        tokenizer = MosesTokenizer(lang=language, custom_nonbreaking_prefixes_file=prefixes)
        detokenizer = MosesDetokenizer(language)
        for number in range(count):
            text = line(random.Random(f"{seed} {language} {number}"))
            tokens = tokenizer.tokenize(text)
            text_again = detokenizer.detokenize(tokens)
            print(json.dumps({"language": language, "line": text, "tokens": tokens, "text": text_again}))


main()
