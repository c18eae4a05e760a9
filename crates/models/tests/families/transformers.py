"""Folders of random encoders as transformers writes them, and what transformers computes with a folder.

    transformers.py make FOLDER     one folder a case below FOLDER; prints inputs, class scores and last states as JSON
    transformers.py run FOLDER...   the same of folders that others wrote, and what is said on loading
"""

import json
import os
import sys

sys.path.pop(0)  # the folder of this file, whose name is that of the package

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
import transformers

transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()

WORDS, PADDING = 50, 1


def inputs(padding):
    """Single texts and pairs: padding on the right, on the left, and a padding word that is looked at."""
    ids = [
        [0, 7, 9, 11, 2, 2, 30, 31, 2],
        [0, 5, 2, 49, 2] + [padding] * 4,
        [padding] * 3 + [0, 8, 17, 2, 40, 2],
        [0, 12, padding, 13, 2, 14, 15, 2, padding],
    ]
    types = [
        [0, 0, 0, 0, 0, 1, 1, 1, 1],
        [0, 0, 0, 1, 1, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 1, 1],
        [0, 0, 0, 0, 0, 1, 1, 1, 0],
    ]
    mask = [[1] * 9, [1] * 5 + [0] * 4, [0] * 3 + [1] * 6, [1] * 8 + [0]]
    return {"ids": ids, "types": types, "mask": mask}


def config(name, **keys):
    sizes = dict(vocab_size=WORDS, max_position_embeddings=14, num_labels=3)
    if name == "DistilBert":
        sizes |= dict(dim=24, n_layers=3, n_heads=4, hidden_dim=20, pad_token_id=PADDING)
    else:
        sizes |= dict(hidden_size=24, num_hidden_layers=3, num_attention_heads=4, intermediate_size=20)
        sizes |= dict(pad_token_id=PADDING, layer_norm_eps=1e-5)
    return getattr(transformers, name + "Config")(**(sizes | keys))


def model(name, kind="ForSequenceClassification", **keys):
    model = getattr(transformers, name + kind)(config(name, **keys)).eval()
    with torch.no_grad():
        for label, tensor in model.named_parameters():
            tensor.normal_(std=0.3)
            if "norm" in label.lower() and label.endswith("weight"):
                tensor.add_(1)
    return model


def short_inputs():
    """Those of `formula.rs`."""
    ids = [[0, 7, 9, 2, 30, 2], [0, 5, 2, 1, 1, 1], [0, 12, 1, 13, 2, 1]]
    types = [[0, 0, 0, 0, 1, 1], [0] * 6, [0, 0, 0, 1, 1, 0]]
    return {"ids": ids, "types": types, "mask": [[1] * 6, [1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 0]]}


def scores(model, given):
    """Class scores and the states after the last layer, in double precision."""
    model = model.double()
    tensors = dict(input_ids=torch.tensor(given["ids"]), attention_mask=torch.tensor(given["mask"]))
    kinds = getattr(model.config, "type_vocab_size", 0)
    if kinds > 1:
        tensors["token_type_ids"] = torch.tensor(given["types"])
    with torch.no_grad():
        output = model(**tensors, output_hidden_states=True)
    logits = output.logits.tolist() if model.__class__.__name__.endswith("Classification") else None
    return {"inputs": given, "logits": logits, "hidden": output.hidden_states[-1].tolist()}


def make(root):
    torch.manual_seed(1)
    masked = {"kind": "ForMaskedLM"}
    cases = {
        "bert": model("Bert"),
        "bert-gelu-new": model("Bert", hidden_act="gelu_new"),
        "bert-gelu-fast": model("Bert", hidden_act="gelu_fast"),
        "bert-relu": model("Bert", hidden_act="relu"),
        "bert-silu": model("Bert", hidden_act="silu"),
        "bert-one-kind": model("Bert", type_vocab_size=1),
        "bert-sharded": model("Bert"),
        "bert-half": model("Bert").half(),
        "bert-brain-half": model("Bert").bfloat16(),
        "bert-double": model("Bert").double(),
        "bert-masked-words": model("Bert", **masked),
        "bert-bare": model("Bert", kind="Model"),
        "roberta": model("Roberta", type_vocab_size=1),
        "roberta-two-kinds": model("Roberta", hidden_act="gelu_pytorch_tanh"),
        "roberta-masked-words": model("Roberta", type_vocab_size=1, **masked),
        "xlm-roberta": model("XLMRoberta", type_vocab_size=1),
        "xlm-roberta-other-padding": model("XLMRoberta", type_vocab_size=1, pad_token_id=3),
        "distilbert": model("DistilBert"),
        "distilbert-relu": model("DistilBert", activation="relu"),
        "distilbert-masked-words": model("DistilBert", **masked),
    }
    found = {}
    for name, case in cases.items():
        folder = os.path.join(root, name)
        size = "8KB" if name == "bert-sharded" else "1GB"
        case.save_pretrained(folder, max_shard_size=size)
        found[name] = scores(case, inputs(case.config.pad_token_id))
    pickled = cases["bert"].float()
    folder = os.path.join(root, "pickled")
    pickled.config.save_pretrained(folder)
    torch.save(pickled.state_dict(), os.path.join(folder, "pytorch_model.bin"))
    print(json.dumps(found))


def run(folders):
    found = {}
    for folder in folders:
        auto = transformers.AutoModelForSequenceClassification
        loaded, said = auto.from_pretrained(folder, output_loading_info=True)
        wrong = {key: sorted(map(str, value)) for key, value in said.items() if value}
        labels = [loaded.config.id2label[row] for row in range(loaded.config.num_labels)]
        found[folder] = scores(loaded.eval(), short_inputs()) | {"wrong": wrong, "labels": labels}
    print(json.dumps(found))


if __name__ == "__main__":
    make(sys.argv[2]) if sys.argv[1] == "make" else run(sys.argv[2:])
