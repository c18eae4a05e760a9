"""Compares the models in folders with transformers: prints a JSON list of the largest deviations of their logits.

usage: originals.py FOLDER...   each with `whole` and `removed` (with model.onnx) and `zeroed`
"""

import importlib.util
import json
import sys
from pathlib import Path

import numpy
import onnx
import onnxruntime
import torch
from transformers import AutoModelForSequenceClassification

# Batch and length of the inputs of each model.
SHAPES = [(1, 1), (3, 7), (5, 12), (2, 21)]


def inputs(config, batch, length, numbers):
    """Random ids with padding behind them, and the id of padding among them; the first token is always one."""
    ids = numbers.integers(0, config.vocab_size, (batch, length))
    mask = (numpy.arange(length) < numbers.integers(1, length + 1, (batch, 1))).astype("int64")
    ids = numpy.where(mask == 1, ids, config.pad_token_id)
    made = {"input_ids": ids, "attention_mask": mask}
    if config.model_type == "bert":
        made["token_type_ids"] = numbers.integers(0, 2, (batch, length))
    return made


def session(path):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 2
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def loader(folder):
    spec = importlib.util.spec_from_file_location("load_removed", folder / "load_removed.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.load


def load(folder):
    model, info = AutoModelForSequenceClassification.from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True
    )
    wrong = [f"{kind}: {name}" for kind, names in info.items() for name in names]
    return model.eval(), wrong


def compare(folder):
    whole, wrong = load(folder / "whole")
    zeroed, more = load(folder / "zeroed")
    removed = loader(folder / "removed")().float()
    files = {name: session(folder / name / "model.onnx") for name in ["whole", "removed"]}
    largest = {name: 0.0 for name in ["whole", "removed", "eager", "zeroed", "moved", "logits"]}
    numbers = numpy.random.default_rng(1)

    def note(name, one, other):
        assert one.shape == other.shape, (name, one.shape, other.shape)
        assert numpy.isfinite(one).all() and numpy.isfinite(other).all(), name
        largest[name] = max(largest[name], float(numpy.abs(one - other).max()))

    for batch, length in SHAPES:
        made = inputs(whole.config, batch, length, numbers)

        def torch_logits(model):
            with torch.no_grad():
                return model(**{name: torch.from_numpy(value) for name, value in made.items()}).logits.numpy()

        def onnx_logits(name):
            return files[name].run(["logits"], made)[0]

        removed.set_attn_implementation("sdpa")
        left = torch_logits(removed)
        note("whole", onnx_logits("whole"), torch_logits(whole))
        note("removed", onnx_logits("removed"), left)
        note("zeroed", torch_logits(zeroed), left)
        note("moved", torch_logits(whole), left)
        removed.set_attn_implementation("eager")
        note("eager", torch_logits(removed), left)
        note("logits", left, numpy.zeros_like(left))
    labels = files["removed"].get_modelmeta().custom_metadata_map["labels"]
    return {"folder": folder.name, **largest, "wrong": wrong + more, "labels": json.loads(labels)}


torch.set_num_threads(1)
print(json.dumps([compare(Path(folder)) for folder in sys.argv[1:]]))
