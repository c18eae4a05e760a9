"""Makes model folders with transformers, from seeds, and writes down what transformers answers to 99 pairs of texts.

python make_folders.py OUT: OUT/pairs.jsonl, OUT/<name> (a model folder), OUT/<name>.json (the answer to each pair).
"""
import json
import os
import random
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

OUT = sys.argv[1]
LABELS = ["contradiction", "entailment", "neutral"]
NOUNS = ["cat", "Dog", "café", "Straße", "bird", "COW", "naïve", "house", "猫", "tree"]
VERBS = ["sleeps", "runs", "isn't", "sees", "eats", "naps"]
draw = random.Random(7)


def sentence():
    words = ["The", draw.choice(NOUNS), draw.choice(VERBS)]
    if draw.random() < 0.5:
        words += ["in", "the", draw.choice(NOUNS)]
    return " ".join(words) + draw.choice([".", "!", " ?", " -- (yes)"])


PAIRS = [(sentence(), sentence(), LABELS[number % 3]) for number in range(99)]
TEXTS = [text for pair in PAIRS for text in pair[:2]]


def save(name, model, tokenizer, **how):
    """The folder, and what transformers answers when it reads the folder again."""
    folder = f"{OUT}/{name}"
    model.save_pretrained(folder, **how)
    tokenizer.save_pretrained(folder)
    answers(name)


def answers(name):
    folder = f"{OUT}/{name}"
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    found = []
    with torch.no_grad():
        for premise, hypothesis, _ in PAIRS:
            logits = model(**tokenizer(premise, hypothesis, return_tensors="pt")).logits[0].double()
            first, second = logits.topk(2).values
            label = model.config.id2label[int(logits.argmax())].lower()
            found.append({"label": label, "margin": float(first - second)})
    assert len({answer["label"] for answer in found}) > 1, f"{name} answers everything alike"
    json.dump(found, open(f"{OUT}/{name}.json", "w"))


def spread(model, seed):
    """Weights with which answers differ from pair to pair."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.35)
            elif name.endswith("bias"):
                parameter.normal_(0, 0.1)
    return model.eval()


def sizes(vocabulary, labels=LABELS):
    return dict(
        vocab_size=vocabulary, hidden_size=24, num_hidden_layers=2, num_attention_heads=4, intermediate_size=40,
        id2label=dict(enumerate(labels)), label2id={label: number for number, label in enumerate(labels)},
    )


def word_pieces(lower):
    words = normalizers.BertNormalizer(lowercase=lower)
    split = pre_tokenizers.BertPreTokenizer()
    found = {piece for text in TEXTS for piece, _ in split.pre_tokenize_str(words.normalize_str(text))}
    # Words of more than four letters come in two pieces.
    pieces = {piece for word in found for piece in ([word] if len(word) < 5 else [word[:3], "##" + word[3:]])}
    return ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + sorted(pieces)


def bert_tokenizer(lower):
    path = f"{OUT}/pieces-{lower}.txt"
    open(path, "w").write("\n".join(word_pieces(lower)) + "\n")
    return transformers.BertTokenizer(vocab=path, do_lower_case=lower)


def bert(name, seed, lower=True, labels=LABELS, config=None, **how):
    tokenizer = bert_tokenizer(lower)
    config = transformers.BertConfig(**sizes(len(tokenizer), labels), max_position_embeddings=64, **(config or {}))
    save(name, spread(transformers.BertForSequenceClassification(config), seed), tokenizer, **how)


os.makedirs(OUT, exist_ok=True)
with open(f"{OUT}/pairs.jsonl", "w") as file:
    for premise, hypothesis, label in PAIRS:
        file.write(json.dumps({"premise": premise, "hypothesis": hypothesis, "label": label}) + "\n")

bert("bert", 1)
bert("cased", 2, lower=False)
bert("relabelled", 3, labels=["neutral", "ENTAILMENT", "Contradiction"])
bert("sharded", 4, max_shard_size="20KB")
bert("tanh-gelu", 5, config=dict(hidden_act="gelu_new", layer_norm_eps=1e-5))

tokenizer = bert_tokenizer(True)
config = transformers.DistilBertConfig(
    vocab_size=len(tokenizer), dim=24, n_layers=2, n_heads=4, hidden_dim=40, max_position_embeddings=64,
    id2label=dict(enumerate(LABELS)), label2id={label: number for number, label in enumerate(LABELS)},
)
save("distilbert", spread(transformers.DistilBertForSequenceClassification(config), 6), tokenizer)

bytes_bpe = Tokenizer(models.BPE())
bytes_bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
bytes_bpe.decoder = decoders.ByteLevel()
special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
trainer = trainers.BpeTrainer(
    vocab_size=330, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
)
bytes_bpe.train_from_iterator(TEXTS, trainer)
bytes_bpe.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
bytes_bpe.save(f"{OUT}/bytes.json")
tokenizer = transformers.PreTrainedTokenizerFast(
    tokenizer_file=f"{OUT}/bytes.json", bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>",
    pad_token="<pad>", unk_token="<unk>", mask_token="<mask>",
)
config = transformers.RobertaConfig(
    **sizes(len(tokenizer)), max_position_embeddings=66, type_vocab_size=1, layer_norm_eps=1e-5
)
save("roberta", spread(transformers.RobertaForSequenceClassification(config), 7), tokenizer)

unigram = Tokenizer(models.Unigram())
unigram.normalizer = normalizers.NFKC()
unigram.pre_tokenizer = pre_tokenizers.Metaspace()
trainer = trainers.UnigramTrainer(
    vocab_size=120, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
)
unigram.train_from_iterator(TEXTS, trainer)
unigram.post_processor = processors.TemplateProcessing(
    single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
)
unigram.save(f"{OUT}/unigram.json")
tokenizer = transformers.PreTrainedTokenizerFast(
    tokenizer_file=f"{OUT}/unigram.json", bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>",
    pad_token="<pad>", unk_token="<unk>",
)
config = transformers.XLMRobertaConfig(
    **sizes(len(tokenizer)), max_position_embeddings=66, type_vocab_size=1, layer_norm_eps=1e-5
)
save("xlm-roberta", spread(transformers.XLMRobertaForSequenceClassification(config), 8), tokenizer)
