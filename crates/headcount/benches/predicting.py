"""Times `headcount bench predict` beside PyTorch's eager mode and onnxruntime on the same model and the same batches.

    pip install torch transformers onnx onnxruntime
    python crates/headcount/benches/predicting.py --headcount target/release/headcount [--cases full32,mixed8]

The model is a random one of BERT-base's shape (12 layers of width 768, 30,522 word pieces), written by transformers and
exported to ONNX from it. All three see the same token ids in float32, on `--threads` threads; PyTorch and onnxruntime get batches
padded to the longest example, with a mask where there is padding. PyTorch runs transformers' own model with `sdpa` attention
inside `inference_mode`, onnxruntime with all optimisations. Processes take turns, `--rounds` of each in one sitting; a figure is the median over
rounds of another's time by headcount's (above 1: headcount is faster), with the smallest and the largest. Scores are compared.
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

VOCABULARY, CLASSES = 30522, 3
# Examples of a batch, and whether all have 128 tokens or as many as are drawn from 8 to 128, as they come.
CASES = {"full8": (8, False), "full32": (32, False), "mixed8": (8, True), "mixed32": (32, True)}
EXAMPLES = 64


def write_model(folder):
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(1)
    model = BertForSequenceClassification(BertConfig(num_labels=CLASSES)).eval()
    model.save_pretrained(folder)
    # The mask of eager attention is what the exporter knows; onnxruntime fuses what it finds.
    plain = BertForSequenceClassification.from_pretrained(folder, attn_implementation="eager").eval()
    names = ["input_ids", "attention_mask", "token_type_ids"]
    example = tuple(torch.ones(2, 5, dtype=torch.long) for _ in names)
    axes = {name: {0: "batch", 1: "length"} for name in names}
    path = str(folder / "model.onnx")
    torch.onnx.export(
        plain, example, path, input_names=names, output_names=["logits"], dynamic_axes=axes, dynamo=False
    )


def write_batches(path, batch, mixed):
    import numpy

    random = numpy.random.default_rng(2)
    with open(path, "w") as file:
        for _ in range(EXAMPLES // batch):
            lengths = random.integers(8, 129, batch) if mixed else [128] * batch
            inputs = [random.integers(1, VOCABULARY, length).tolist() for length in lengths]
            types = [[0] * (len(row) // 2) + [1] * (len(row) - len(row) // 2) for row in inputs]
            file.write(json.dumps({"inputs": inputs, "types": types, "labels": [0] * batch}) + "\n")


def padded(line):
    length = max(map(len, line["inputs"]))
    fill = lambda rows: [row + [0] * (length - len(row)) for row in rows]
    mask = [[1] * len(row) + [0] * (length - len(row)) for row in line["inputs"]]
    return fill(line["inputs"]), mask, fill(line["types"])


def torch_scores(arguments, lines):
    import torch
    from transformers import BertForSequenceClassification

    torch.set_num_threads(arguments.threads)
    model = BertForSequenceClassification.from_pretrained(arguments.model, attn_implementation="sdpa").eval()

    def scores(line):
        ids, mask, types = (torch.tensor(rows) for rows in padded(line))
        mask = None if bool(mask.all()) else mask
        with torch.inference_mode():
            return model(input_ids=ids, attention_mask=mask, token_type_ids=types).logits.tolist()

    return scores


def onnx_scores(arguments, lines):
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = arguments.threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    path = str(pathlib.Path(arguments.model) / "model.onnx")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = ["input_ids", "attention_mask", "token_type_ids"]

    def scores(line):
        given = dict(zip(names, (numpy.array(rows, numpy.int64) for rows in padded(line))))
        return session.run(["logits"], given)[0].tolist()

    return scores


def work(arguments):
    """Scores in this process, and prints what it found and the milliseconds of a round."""
    lines = [json.loads(line) for line in open(arguments.batches)]
    scores = {"torch": torch_scores, "onnx": onnx_scores}[arguments.worker](arguments, lines)
    milliseconds = []
    for round in range(arguments.repeats + 1):
        started = time.perf_counter()
        found = [row for line in lines for row in scores(line)]
        if round > 0:
            milliseconds.append(1e3 * (time.perf_counter() - started))
    print(json.dumps({"ms": statistics.median(milliseconds), "scores": found}))


def run(arguments, worker, model, batches):
    files = ["--model", str(model), "--batches", str(batches), "--threads", str(arguments.threads)]
    if worker == "headcount":
        ending = ["--device", "flex", "--rounds", str(arguments.repeats), "--format", "json"]
        command = [arguments.headcount, "bench", "predict", *files, *ending]
    else:
        command = [sys.executable, __file__, "--worker", worker, *files, "--repeats", str(arguments.repeats)]
    environment = os.environ | {"OMP_NUM_THREADS": str(arguments.threads)}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--headcount", default="target/release/headcount")
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=1, help="times that a process scores all batches, warming up aside")
    parser.add_argument("--worker", choices=("torch", "onnx"), help=argparse.SUPPRESS)
    parser.add_argument("--model", help=argparse.SUPPRESS)
    parser.add_argument("--batches", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return work(arguments)
    with tempfile.TemporaryDirectory() as place:
        model = pathlib.Path(place) / "model"
        write_model(model)
        for case in arguments.cases.split(","):
            batches = pathlib.Path(place) / f"{case}.jsonl"
            write_batches(batches, *CASES[case])
            workers = ("headcount", "torch", "onnx")
            rounds = [{worker: run(arguments, worker, model, batches) for worker in workers} for _ in range(arguments.rounds)]
            first = rounds[0]
            said = [f"headcount {statistics.median(round['headcount']['ms'] for round in rounds):.0f} ms"]
            for worker in ("torch", "onnx"):
                pairs = zip(sum(first["headcount"]["scores"], []), sum(first[worker]["scores"], []))
                apart = max(abs(mine - their) for mine, their in pairs)
                ratios = [round[worker]["ms"] / round["headcount"]["ms"] for round in rounds]
                said.append(
                    f"{worker} {statistics.median(round[worker]['ms'] for round in rounds):.0f} ms, ratio "
                    f"{statistics.median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f}), scores {apart:.1e} apart"
                )
            print(f"{case}: " + "; ".join(said), flush=True)


if __name__ == "__main__":
    main()
