"""Times `headcount text` beside sacremoses and subword-nmt on the same file, one core each, in one run.

    pip install sacremoses subword-nmt
    python crates/headcount/benches/text_tools.py target/release/headcount TEXT CODES [LANGUAGE]

TEXT is raw text, CODES a table of merges of subword-nmt. Rounds are interleaved; the medians of whole processes' user time
are compared for the program, and the time inside the loop over lines (no imports, no reading) for the Python tools.
"""

import io
import resource
import statistics
import subprocess
import sys
import time

ROUNDS = 3


def program(arguments, text):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(arguments, input=text, stdout=subprocess.PIPE, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout.decode()


def python(tool, lines):
    before = time.process_time()
    result = [tool(line) for line in lines]
    return time.process_time() - before, "".join(line + "\n" for line in result)


def main():
    headcount, text_path, codes = sys.argv[1:4]
    language = sys.argv[4] if len(sys.argv) > 4 else "de"
    from sacremoses import MosesTokenizer
    from subword_nmt.apply_bpe import BPE

    raw = open(text_path, encoding="utf-8", newline="\n").read()
    lines = raw.split("\n")[:-1] if raw.endswith("\n") else raw.split("\n")
    moses = MosesTokenizer(lang=language)
    tokenized = "".join(moses.tokenize(line, return_str=True).lower() + "\n" for line in lines)
    bpe = BPE(io.StringIO(open(codes, encoding="utf-8").read()))
    pairs = {
        "tokenize": (
            [headcount, "text", "tokenize", "--lang", language],
            raw,
            lambda line: moses.tokenize(line, return_str=True),
        ),
        "bpe-apply": ([headcount, "text", "bpe-apply", "--codes", codes], tokenized, bpe.process_line),
    }
    print(f"{len(lines)} lines, {len(raw.encode())} bytes; seconds of CPU, median of {ROUNDS}")
    for name, (arguments, text, tool) in pairs.items():
        ours, theirs = [], []
        text_lines = text.split("\n")[:-1]
        for _ in range(ROUNDS):
            if name == "bpe-apply":
                bpe.cache.clear()
            seconds, their_text = python(tool, text_lines)
            theirs.append(seconds)
            seconds, our_text = program(arguments, text.encode())
            ours.append(seconds)
        same = sum(a == b for a, b in zip(our_text.split("\n"), their_text.split("\n")))
        ours, theirs = statistics.median(ours), statistics.median(theirs)
        print(
            f"{name:10} headcount {ours:.3f}, Python {theirs:.3f}: {theirs / ours:.1f} times; "
            f"{same - 1} of {len(text_lines)} lines the same"
        )


if __name__ == "__main__":
    main()
