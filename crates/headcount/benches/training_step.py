"""Times an update of `headcount bench step` beside the same update in PyTorch's eager mode, on the same device.

    pip install torch
    python crates/headcount/benches/training_step.py --headcount target/release/headcount [--cases nli-demo,small]

`--device libtorch` and `--device libtorch-cuda` take a program built with the feature `libtorch` (docs/devices.md), on the
torch of this Python; PyTorch's side follows to the GPU.

For each case the program first writes the token ids of the updates that it times; PyTorch trains on the same ids, from
tensors that are made before its clock starts. Both warm up for three updates. Processes alternate, `--rounds` of each
in one sitting. A time is the median over the updates of a process, a ratio the quotient of two times of one round
(above 1: headcount is faster); what is printed are medians over the rounds, and as `fastest` the quotient of the smallest
times. Memory is the largest resident set of the process; of PyTorch's, what its import alone takes is listed too.

PyTorch gets the fastest of several ways to write the same model, found by trial for each case: attention by matmul and
softmax or by scaled_dot_product_attention, query, key and value in one product or in three, AdamW in each of its three
implementations. Both sides compute the derivatives with respect to a gate on every head; the program also draws the
gates and steps the importances behind them. PyTorch adds epsilon to the corrected square root of the second moment,
headcount to the uncorrected one; the work is the same.

The case `snli` needs a folder that holds snli/dev.jsonl.gz, mnli/, nli-splits/ and bert-vocab/, named by
HEADCOUNT_TEST_DATA.
"""

import argparse
import dataclasses
import importlib.util
import itertools
import json
import math
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

WARM_UP = 3
TRIALS = 2
PADDING, END = 1, 2
DATA = os.environ.get("HEADCOUNT_TEST_DATA")
PAIRS = pathlib.Path(__file__).resolve().parents[3] / "experiments" / "mnli" / "pairs.toml"
ATTENTION = ("matmul", "sdpa")
PROJECTIONS = ("three", "one")
ADAM = ("default", "foreach", "fused")


@dataclasses.dataclass
class Case:
    arguments: list
    threads: int
    updates: int
    trial: int  # updates of each way to write PyTorch's side, before the fastest is taken


def sizes(layers, width, heads, feed_forward, length):
    given = {"layers": layers, "width": width, "heads": heads, "ffn": feed_forward, "length": length}
    given |= {"vocab": 30522, "batch": 32, "dropout": 0.1, "k": layers * heads // 2}
    return [text for name, value in given.items() for text in (f"--{name}", str(value))]


def pairs(**replaced):
    settings = {
        "data.dir": DATA,
        "data.train": '[{ path = "snli/dev.jsonl.gz" }]',
        "train.bucket_by_length": "false",
    }
    settings |= {f"model.{name}": value for name, value in replaced.items()}
    chosen = [text for name, value in settings.items() for text in ("--set", f"{name}={value}")]
    return ["--experiment", str(PAIRS), *chosen]


CASES = {
    "nli-demo": Case(["--experiment", "mnli/demo", "--k", "6"], threads=1, updates=300, trial=200),
    "mt-demo": Case(["--experiment", "iwslt/demo", "--k", "12"], threads=1, updates=100, trial=60),
    "small": Case(sizes(6, 384, 12, 1536, 64), threads=2, updates=10, trial=5),
    "snli": Case(
        [*pairs(layers=6, width=384, heads=12, feed_forward=1536), "--k", "36"], threads=2, updates=20, trial=10
    ),
    "base": Case(sizes(12, 768, 12, 3072, 128), threads=2, updates=5, trial=2),
}


# PyTorch's side. torch is imported by workers only, so that the process that compares needs no memory of note.


def build(torch, spec, attention, projections):
    """The model of `spec`, the loss of a batch, and how a line of token ids becomes a batch."""
    nn, F = torch.nn, torch.nn.functional
    width, heads, epsilon = spec["width"], spec["heads"], spec["layer_norm_eps"]
    head = width // heads

    class Attention(nn.Module):
        def __init__(self, own):
            super().__init__()
            self.own, self.one = own, projections == "one"
            if self.one and own:
                self.query_key_value = nn.Linear(width, 3 * width)
            elif self.one:
                self.query, self.key_value = nn.Linear(width, width), nn.Linear(width, 2 * width)
            else:
                self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
            self.output = nn.Linear(width, width)

        def split(self, projected, parts):
            rows, length = projected.shape[:2]
            if parts == 1:
                return projected.view(rows, length, heads, head).transpose(1, 2)
            return projected.view(rows, length, parts, heads, head).permute(2, 0, 3, 1, 4).unbind(0)

        def forward(self, hidden, memory, mask, causal, gate):
            if self.one and self.own:
                query, key, value = self.split(self.query_key_value(hidden), 3)
            elif self.one:
                query = self.split(self.query(hidden), 1)
                key, value = self.split(self.key_value(memory), 2)
            else:
                query, key, value = (
                    self.split(linear(states), 1)
                    for linear, states in ((self.query, hidden), (self.key, memory), (self.value, memory))
                )
            if attention == "sdpa":
                hides = mask if not causal else None
                context = F.scaled_dot_product_attention(
                    query, key, value, attn_mask=hides, dropout_p=spec["attention_dropout"], is_causal=causal
                )
            else:
                scores = (query * head**-0.5) @ key.transpose(2, 3)
                if mask is not None:
                    scores = scores + mask
                context = F.dropout(torch.softmax(scores, 3), spec["attention_dropout"]) @ value
            context = context * gate.view(1, heads, 1, 1)
            return self.output(context.transpose(1, 2).reshape(hidden.shape))

    class Residual(nn.Module):
        """Attention or feed-forward, added to its input and normalised."""

        def __init__(self, inner):
            super().__init__()
            self.inner, self.norm = inner, nn.LayerNorm(width, eps=epsilon)

        def forward(self, hidden, *others):
            return self.norm(F.dropout(self.inner(hidden, *others), spec["dropout"]) + hidden)

    class FeedForward(nn.Module):
        def __init__(self, activation):
            super().__init__()
            self.activation = activation
            self.first, self.second = nn.Linear(width, spec["ffn"]), nn.Linear(spec["ffn"], width)

        def forward(self, hidden):
            return self.second(F.dropout(self.activation(self.first(hidden)), spec["activation_dropout"]))

    def hidden_scores(real):
        """Added to scores: [rows, 1, 1, length]; none where nothing is padded."""
        if bool(real.all()):
            return None
        return torch.zeros(real.shape).masked_fill_(~real, -1e9)[:, None, None, :]

    class Classifier(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(spec["vocab"], width)
            self.positions = nn.Embedding(spec["positions"], width)
            self.types = nn.Embedding(2, width)
            self.norm = nn.LayerNorm(width, eps=epsilon)
            self.attention = nn.ModuleList(Residual(Attention(True)) for _ in range(spec["layers"]))
            self.feed_forward = nn.ModuleList(Residual(FeedForward(F.gelu)) for _ in range(spec["layers"]))
            self.pooler, self.classifier = nn.Linear(width, width), nn.Linear(width, spec["classes"])
            for parameter in self.parameters():
                if parameter.dim() > 1:
                    nn.init.normal_(parameter, std=0.02)

        def loss(self, batch, gates):
            ids, types, mask, labels = batch
            embedded = self.words(ids) + self.types(types) + self.positions.weight[: ids.shape[1]]
            hidden = F.dropout(self.norm(embedded), spec["dropout"])
            for row, (attention, feed_forward) in enumerate(zip(self.attention, self.feed_forward)):
                hidden = feed_forward(attention(hidden, hidden, mask, False, gates[0, row]))
            pooled = torch.tanh(self.pooler(hidden[:, 0]))
            return F.cross_entropy(self.classifier(F.dropout(pooled, spec["dropout"])), labels)

        def batch(self, line):
            length = max(map(len, line["inputs"]))
            padded = lambda rows: torch.tensor([row + [0] * (length - len(row)) for row in rows])
            lengths = torch.tensor([len(row) for row in line["inputs"]])
            real = torch.arange(length)[None, :] < lengths[:, None]
            return padded(line["inputs"]), padded(line["types"]), hidden_scores(real), torch.tensor(line["labels"])

    class Translator(nn.Module):
        def __init__(self):
            super().__init__()
            self.source = nn.Embedding(spec["vocab"], width)
            self.target = nn.Embedding(spec["target_vocab"], width)
            for table in (self.source, self.target):
                nn.init.normal_(table.weight, std=width**-0.5)
            layers = lambda inner, count: nn.ModuleList(Residual(inner()) for _ in range(count))
            encoder, decoder = spec["layers"], spec["decoder_layers"]
            self.encoder = layers(lambda: Attention(True), encoder)
            self.encoder_feed_forward = layers(lambda: FeedForward(F.relu), encoder)
            self.own = layers(lambda: Attention(True), decoder)
            self.memory = layers(lambda: Attention(False), decoder)
            self.decoder_feed_forward = layers(lambda: FeedForward(F.relu), decoder)
            half = width // 2
            frequencies = torch.exp(torch.arange(half) * -(math.log(10000) / (half - 1)))
            angles = torch.arange(1026)[:, None] * frequencies
            table = torch.cat([angles.sin(), angles.cos()], 1)
            table[PADDING] = 0
            self.register_buffer("table", table)

        def embedded(self, words, ids, positions):
            return F.dropout(words(ids) * width**0.5 + self.table[positions], spec["dropout"])

        def loss(self, batch, gates):
            source, source_positions, source_mask, previous, previous_positions, causal, target, tokens = batch
            memory = self.embedded(self.source, source, source_positions)
            encoder, decoder = len(self.encoder), len(self.own)
            for row, (attention, feed_forward) in enumerate(zip(self.encoder, self.encoder_feed_forward)):
                memory = feed_forward(attention(memory, memory, source_mask, False, gates[0, row]))
            hidden = self.embedded(self.target, previous, previous_positions)
            layers = zip(self.own, self.memory, self.decoder_feed_forward)
            for layer, (own, over_memory, feed_forward) in enumerate(layers):
                gate = gates[0, encoder + decoder + layer]
                # Padding stands behind the words: what hides later words hides it.
                hidden = own(hidden, hidden, causal, True, gate)
                hidden = over_memory(hidden, memory, source_mask, False, gates[0, encoder + layer])
                hidden = feed_forward(hidden)
            scores = F.linear(hidden, self.target.weight).flatten(0, 1)
            return smoothed(scores, target.flatten()) / tokens

        def batch(self, line):
            longest = lambda rows: max(map(len, rows))
            source_length, length = longest(line["source"]), longest(line["target"])
            source = torch.tensor([[PADDING] * (source_length - len(row)) + row for row in line["source"]])
            behind = lambda row: row + [PADDING] * (length - len(row))
            target = torch.tensor([behind(row) for row in line["target"]])
            previous = torch.tensor([behind([END] + row[:-1]) for row in line["target"]])
            counted = lambda ids: (ids != PADDING).cumsum(1) * (ids != PADDING) + PADDING
            causal = torch.full((length, length), -1e9).triu_(1)
            tokens = sum(map(len, line["target"]))
            sources = source, counted(source), hidden_scores(source != PADDING)
            return *sources, previous, counted(previous), causal, target, tokens

    def smoothed(scores, target):
        share = spec["label_smoothing"]
        return F.cross_entropy(scores, target, ignore_index=PADDING, label_smoothing=share, reduction="sum")

    if spec["arch"] == "mt":
        check_smoothing(torch, smoothed, spec["label_smoothing"])
        return Translator(), spec["layers"] + 2 * spec["decoder_layers"]
    return Classifier(), spec["layers"]


def check_smoothing(torch, smoothed, share):
    """PyTorch's label smoothing must be ours: (1 - e) (-log p[label]) + e / classes * sum(-log p)."""
    scores = torch.linspace(-2, 3, 28, dtype=torch.float64).sin().view(4, 7)
    logs, target = scores.log_softmax(1), torch.tensor([3, PADDING, 0, 6])
    rows = [(1 - share) * -logs[row, word] - share / 7 * logs[row].sum() for row, word in ((0, 3), (2, 0), (3, 6))]
    difference = abs(float(smoothed(scores, target) - sum(rows)))
    if difference > 1e-9:
        sys.exit(f"label smoothing is another function than headcount's: they differ by {difference}")


def peak_mib():
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return None


def work(arguments):
    """Trains in this process and prints the milliseconds of each update that counts."""
    import torch

    imported = peak_mib()
    spec = json.load(open(arguments.worker))
    torch.set_num_threads(spec["threads"])
    torch.manual_seed(1)
    there = "cuda" if arguments.device == "libtorch-cuda" else "cpu"
    attention, projections, adam = arguments.variant.split(",")
    model, rows = build(torch, spec, attention, projections)
    model = model.to(there)
    gates = torch.rand(1, rows, spec["heads"], device=there).requires_grad_()
    constants = spec["optimizer"]
    chosen = {"default": {}, "foreach": {"foreach": True}, "fused": {"fused": True}}[adam]
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=constants["learning_rate"],
        betas=tuple(constants["betas"]),
        eps=constants["epsilon"],
        weight_decay=constants["weight_decay"],
        **chosen,
    )
    clipped = [*model.parameters(), gates]
    to = lambda part: part.to(there) if isinstance(part, torch.Tensor) else part
    batches = [tuple(map(to, model.batch(json.loads(line)))) for line in open(arguments.batches)]
    milliseconds = []
    for update in range(-arguments.warm_up, arguments.updates):
        batch = batches[update % len(batches)]
        started = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        gates.grad = None
        loss = model.loss(batch, gates)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(clipped, constants["clip"])
        optimizer.step()
        value = loss.item()
        finished = time.perf_counter()
        if not math.isfinite(value) or gates.grad is None:
            sys.exit(f"update {update}: the loss is {value}")
        if update >= 0:
            milliseconds.append(1e3 * (finished - started))
    parameters = sum(parameter.numel() for parameter in model.parameters())
    if parameters != spec["parameters"]:
        sys.exit(f"PyTorch's model has {parameters} parameters, headcount's {spec['parameters']}")
    report = {"ms": milliseconds, "peak_mib": peak_mib(), "import_mib": imported, "torch": torch.__version__}
    print(json.dumps(report))


# What compares.


def libraries():
    """Where the libraries of this Python's torch are, for a program that is linked with them."""
    torch = pathlib.Path(importlib.util.find_spec("torch").origin).parent
    return ":".join(map(str, [torch / "lib", *torch.parent.glob("nvidia/*/lib")]))


def run(command, threads):
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "RAYON_NUM_THREADS": str(threads)}
    if command[0] != sys.executable and "flex" not in command:
        environment["LD_LIBRARY_PATH"] = ":".join(filter(None, [libraries(), os.environ.get("LD_LIBRARY_PATH")]))
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment)
    return json.loads(done.stdout)


class Comparison:
    """One case: what both programs are given."""

    def __init__(self, name, arguments, folder):
        case = CASES[name]
        self.threads, self.updates = arguments.threads or case.threads, arguments.updates or case.updates
        self.trial = min(case.trial, self.updates)
        self.device = arguments.device
        self.spec, self.batches = folder / f"{name}.json", folder / f"{name}.jsonl"
        self.program = [arguments.headcount, "bench", "step", "--format", "json", "--device", arguments.device]
        self.program += [*case.arguments, "--threads", str(self.threads), "--updates", str(self.updates)]
        if "--experiment" in case.arguments:
            self.program += ["--out", str(folder / "out")]
        self.program += arguments.options
        found = run([*self.program, "--write-batches", str(self.batches)], self.threads)
        self.spec.write_text(json.dumps(found))

    def headcount(self):
        return run(self.program, self.threads)

    def pytorch(self, variant, updates=None, warm_up=WARM_UP):
        options = {"worker": self.spec, "batches": self.batches, "variant": ",".join(variant), "device": self.device}
        options |= {"updates": updates or self.updates, "warm-up": warm_up}
        command = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        found = run([sys.executable, __file__, *command], self.threads)
        return found | {"ms_per_update": statistics.median(found["ms"])}

    def fastest(self):
        """The fastest way to write PyTorch's side, and the milliseconds of all that were tried."""
        tried = {}

        def fastest_of(variants):
            # The better of several passes over all of them: what disturbs one trial must not decide.
            for _ in range(TRIALS):
                for variant in variants:
                    found = self.pytorch(variant, self.trial, warm_up=1)["ms_per_update"]
                    tried[variant] = min(found, tried.get(variant, math.inf))
            return min(variants, key=tried.get)

        models = itertools.product(ATTENTION, PROJECTIONS)
        attention, projections, _ = fastest_of([(*model, "fused") for model in models])
        best = fastest_of([(attention, projections, adam) for adam in ADAM])
        return best, {",".join(variant): milliseconds for variant, milliseconds in tried.items()}


def compare(name, arguments, folder):
    comparison = Comparison(name, arguments, folder)
    if arguments.variant:
        variant, tried = tuple(arguments.variant.split(",")), {}
    else:
        variant, tried = comparison.fastest()
    ours, theirs = [], []
    for number in range(arguments.rounds):
        sides = [(ours, comparison.headcount), (theirs, lambda: comparison.pytorch(variant))]
        # Neither side is always the one that follows the other.
        for found, measure in sides if number % 2 == 0 else reversed(sides):
            found.append(measure())
    ratios = [their["ms_per_update"] / our["ms_per_update"] for our, their in zip(ours, theirs)]
    median = lambda found, key: statistics.median(each[key] for each in found)
    fastest = lambda found: min(each["ms_per_update"] for each in found)
    spec = json.loads(comparison.spec.read_text())
    return {
        "case": name,
        "device": arguments.device,
        "threads": comparison.threads,
        "updates": comparison.updates,
        "rounds": arguments.rounds,
        "tokens": spec["tokens"],
        "cells": spec["cells"],
        "parameters": spec["parameters"],
        "headcount_ms": median(ours, "ms_per_update"),
        "headcount_parts": {part: statistics.median(our["parts"][part] for our in ours) for part in ours[0]["parts"]},
        "pytorch_ms": median(theirs, "ms_per_update"),
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "ratio_of_fastest": fastest(theirs) / fastest(ours),
        "headcount_peak_mib": median(ours, "peak_mib"),
        "pytorch_peak_mib": median(theirs, "peak_mib"),
        "pytorch_import_mib": median(theirs, "import_mib"),
        "pytorch_variant": dict(zip(("attention", "projections", "adam"), variant)),
        "pytorch_tried_ms": tried,
        "torch": theirs[0]["torch"],
    }


HEADER = (
    f"{'case':9} {'threads':>7} {'headcount':>10} {'PyTorch':>10}  {'ratio':>5} {'(min, max)':14} {'fastest':>7}"
    f" {'peak MiB':>8} {'PyTorch (import)':>16}  PyTorch's attention, projections, AdamW"
)


def row(found):
    spread = f"({min(found['ratios']):.2f}, {max(found['ratios']):.2f})"
    memory = f"{found['pytorch_peak_mib']:.0f} ({found['pytorch_import_mib']:.0f})"
    return (
        f"{found['case']:9} {found['threads']:7} {found['headcount_ms']:7.1f} ms {found['pytorch_ms']:7.1f} ms "
        f" {found['ratio']:5.2f} {spread:14} {found['ratio_of_fastest']:7.2f} {found['headcount_peak_mib']:8.0f} {memory:>16}"
        f"  {', '.join(found['pytorch_variant'].values())}"
    )


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--headcount", help="the built program")
    devices = ("flex", "libtorch", "libtorch-cuda")
    parser.add_argument("--device", default="flex", choices=devices, help="of the program; PyTorch's follows")
    parser.add_argument("--cases", default=",".join(CASES), help="some of the cases, joined by commas")
    parser.add_argument("--rounds", type=int, default=5, help="processes of each program")
    parser.add_argument("--updates", type=int, help="updates that count in each process, in place of the case's own")
    parser.add_argument("--threads", type=int, help="threads of both programs, in place of the case's own")
    parser.add_argument("--variant", help="attention,projections,AdamW of PyTorch's side, in place of the fastest")
    parser.add_argument("--json", type=pathlib.Path, help="a file for all that was measured")
    more = "more options of `bench step`, as in --options=--plain"
    parser.add_argument("--options", default=[], type=str.split, help=more)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--batches", help=argparse.SUPPRESS)
    parser.add_argument("--warm-up", type=int, default=WARM_UP, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.cases = arguments.cases.split(",")
    unknown = [name for name in arguments.cases if name not in CASES]
    if unknown:
        parser.error(f"the cases are {', '.join(CASES)}, not {', '.join(unknown)}")
    if arguments.worker is None and arguments.headcount is None:
        parser.error("--headcount names the built program")
    kinds = ATTENTION, PROJECTIONS, ADAM
    if arguments.variant and arguments.variant not in map(",".join, itertools.product(*kinds)):
        parser.error("--variant joins one of each by commas: " + "; ".join(map(", ".join, kinds)))
    if arguments.rounds < 1 or min(arguments.updates or 1, arguments.threads or 1) < 1:
        parser.error("--rounds, --updates and --threads are at least 1")
    return arguments


def main():
    arguments = parsed()
    if arguments.worker is not None:
        return work(arguments)
    load = os.getloadavg()[0]
    machine = f"{processor()}, {os.cpu_count()} processors, load {load:.1f}"
    print(f"{machine}; median of {arguments.rounds} rounds", flush=True)
    if load > 0.5:
        print("warning: something else runs on this machine; the numbers mean little", file=sys.stderr)
    print(HEADER, flush=True)
    found = []
    for name in arguments.cases:
        if name == "snli" and DATA is None:
            print("snli      left out: HEADCOUNT_TEST_DATA names no folder", flush=True)
            continue
        with tempfile.TemporaryDirectory() as folder:
            found.append(compare(name, arguments, pathlib.Path(folder)))
        print(row(found[-1]), flush=True)
        if arguments.json:
            machine = {"processor": processor(), "processors": os.cpu_count(), "load_at_start": load}
            arguments.json.write_text(json.dumps({"machine": machine, "cases": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
