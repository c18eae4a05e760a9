"""Times beam search of `headcount bench decode` beside CTranslate2 on a model of the same shape, in float32 on one thread.

    pip install ctranslate2 numpy
    python crates/headcount/benches/decoding.py --headcount target/release/headcount [--cases 2x64,6x512] [--beams 1,5]

Both translate the same number of sentences of random words with random weights, and every translation has the same number of
words, so that no luck decides how long one is. Processes take turns, `--rounds` of each in one sitting; a figure is the median
over rounds of headcount's tokens a second by CTranslate2's (above 1: headcount is faster), with the smallest and the
largest. CTranslate2 multiplies by MKL on processors of Intel and by oneDNN on others; `CT2_USE_MKL=0` asks for oneDNN.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

# Layers of encoder and of decoder, width; each with 4 heads, a feed-forward layer twice as wide and 6,632 words.
CASES = {"2x64": (2, 64), "2x128": (2, 128), "6x512": (6, 512)}
HEADS, VOCABULARY, SENTENCES, LENGTH = 4, 6632, 8, 40
ROUNDS = {"2x64": 10, "2x128": 6, "6x512": 2}  # translations that a process times, after one that warms up


def write_model(folder, layers, width):
    """A model of the shape that `bench decode` has, with random weights."""
    import ctranslate2
    import numpy
    from ctranslate2.specs import common_spec, transformer_spec

    random = numpy.random.default_rng(1)
    spec = transformer_spec.TransformerSpec.from_config(
        (layers, layers), HEADS, pre_norm=False, activation=common_spec.Activation.RELU
    )

    def fill(layer, *shape):
        layer.weight = random.normal(0, shape[1] ** -0.5, shape).astype(numpy.float32)
        if hasattr(layer, "bias"):
            layer.bias = numpy.zeros(shape[0], numpy.float32)

    def norm(layer):
        layer.gamma, layer.beta = numpy.ones(width, numpy.float32), numpy.zeros(width, numpy.float32)

    def attention(layer, memory):
        fill(layer.linear[0], (1 if memory else 3) * width, width)
        if memory:
            fill(layer.linear[1], 2 * width, width)
        fill(layer.linear[-1], width, width)
        norm(layer.layer_norm)

    def feed_forward(layer):
        fill(layer.linear_0, 2 * width, width)
        fill(layer.linear_1, width, 2 * width)
        norm(layer.layer_norm)

    for layer in spec.encoder.layer:
        attention(layer.self_attention, False)
        feed_forward(layer.ffn)
    for layer in spec.decoder.layer:
        attention(layer.self_attention, False)
        attention(layer.attention, True)
        feed_forward(layer.ffn)
    fill(spec.encoder.embeddings[0], VOCABULARY, width)
    fill(spec.decoder.embeddings, VOCABULARY, width)
    fill(spec.decoder.projection, VOCABULARY, width)
    table = random.normal(0, 1, (LENGTH + 10, width)).astype(numpy.float32)
    for side in (spec.encoder, spec.decoder):
        side.position_encodings.encodings = table
        side.scale_embeddings = True
    words = ["<blank>", "<s>", "</s>", "<unk>"] + [f"w{word}" for word in range(VOCABULARY - 4)]
    spec.register_source_vocabulary(words)
    spec.register_target_vocabulary(words)
    spec.validate()
    os.makedirs(folder)
    spec.save(folder)


def work(arguments):
    """Translates in this process and prints tokens a second."""
    import ctranslate2
    import numpy

    translator = ctranslate2.Translator(
        arguments.worker, device="cpu", compute_type="float32", inter_threads=1, intra_threads=1
    )
    random = numpy.random.default_rng(1)
    sentences = [
        [f"w{word}" for word in random.integers(0, VOCABULARY - 4, LENGTH - 1)] + ["</s>"] for _ in range(SENTENCES)
    ]
    # The end symbol that headcount's translations have is a word here.
    words = LENGTH + 1
    speeds = []
    for round in range(arguments.rounds + 1):
        started = time.perf_counter()
        found = translator.translate_batch(
            sentences, beam_size=arguments.beam, min_decoding_length=words, max_decoding_length=words
        )
        seconds = time.perf_counter() - started
        tokens = sum(len(result.hypotheses[0]) for result in found)
        assert tokens == SENTENCES * words, f"{tokens} tokens"
        if round > 0:
            speeds.append(tokens / seconds)
    print(statistics.median(speeds))


def theirs(folder, beam, rounds):
    command = [sys.executable, __file__, "--worker", folder, "--beam", str(beam), "--rounds", str(rounds)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


def ours(program, layers, width, beam, rounds):
    sizes = {"layers": layers, "width": width, "heads": HEADS, "vocab": VOCABULARY, "batch": SENTENCES}
    sizes |= {"length": LENGTH, "beam": beam, "rounds": rounds, "threads": 1, "device": "flex"}
    given = [text for name, value in sizes.items() for text in (f"--{name}", str(value))]
    command = [program, "bench", "decode", *given, "--format", "json", "--cached-only"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(said)["tokens_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--headcount", default="target/release/headcount")
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--beams", default="1,5")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--beam", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return work(arguments)
    with tempfile.TemporaryDirectory() as place:
        for case in arguments.cases.split(","):
            layers, width = CASES[case]
            folder = str(pathlib.Path(place) / case)
            write_model(folder, layers, width)
            for beam in map(int, arguments.beams.split(",")):
                pairs = [
                    (ours(arguments.headcount, layers, width, beam, ROUNDS[case]), theirs(folder, beam, ROUNDS[case]))
                    for _ in range(arguments.rounds)
                ]
                ratios = [mine / their for mine, their in pairs]
                medians = [statistics.median(side) for side in zip(*pairs)]
                print(
                    f"{case}, beam {beam}: headcount {medians[0]:.0f}, CTranslate2 {medians[1]:.0f} tokens a second, "
                    f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f})",
                    flush=True,
                )


if __name__ == "__main__":
    main()
