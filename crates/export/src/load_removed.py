"""Loads this folder's classifier, which has lost attention heads, with transformers 5: `from load_removed import load`."""
from pathlib import Path

from safetensors.torch import load_file
from torch.nn import Parameter
from transformers import AutoConfig, AutoModelForSequenceClassification


def load(folder=Path(__file__).parent):
    config = AutoConfig.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_config(config)
    state, distil = load_file(Path(folder) / "model.safetensors"), config.model_type == "distilbert"
    layers = model.base_model.transformer.layer if distil else model.base_model.encoder.layer
    for number, gone in getattr(config, "pruned_heads", {}).items():
        whole = layers[int(number)].attention
        part, out = (whole, whole.out_lin) if distil else (whole.self, whole.output.dense)
        heads = config.num_attention_heads - len(gone)
        part.n_heads = part.num_attention_heads = heads
        part.all_head_size = out.in_features = size = heads * part.attention_head_size
        out.weight = Parameter(out.weight.data[:, :size].clone())
        for linear in (part.q_lin, part.k_lin, part.v_lin) if distil else (part.query, part.key, part.value):
            linear.out_features = size
            linear.weight, linear.bias = (Parameter(p.data[:size].clone()) for p in (linear.weight, linear.bias))
        if not heads:  # of the module its output's bias is left: attention over no heads fails in torch
            part.forward = lambda x, out=out, **_: (out(x[..., :0]) if distil else x[..., :0], None)
    state.update((name, p) for name, p in model.state_dict().items() if not p.numel())  # stored nowhere
    model.load_state_dict(state)
    return model.eval()
