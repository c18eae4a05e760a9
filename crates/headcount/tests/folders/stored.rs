//! A model folder in memory, to be written with something about it changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde_json::{Value, json};

/// Shape and bytes of a tensor of 32-bit floats.
type Tensor = (Vec<usize>, Vec<u8>);

/// The files of a model folder.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) config: Value,
    tensors: BTreeMap<String, Tensor>,
    texts: BTreeMap<String, String>,
}

impl Stored {
    /// A folder with a model.safetensors.
    pub(crate) fn read(folder: &Path) -> Self {
        let bytes = fs::read(folder.join("model.safetensors")).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let tensor = |(name, view): (String, TensorView<'_>)| {
            assert_eq!(view.dtype(), Dtype::F32);
            (name, (view.shape().to_vec(), view.data().to_vec()))
        };
        let mut texts = BTreeMap::new();
        for name in ["vocab.txt", "tokenizer.json", "tokenizer_config.json"] {
            if let Ok(text) = fs::read_to_string(folder.join(name)) {
                texts.insert(name.to_owned(), text);
            }
        }
        Self {
            config: serde_json::from_str(&fs::read_to_string(folder.join("config.json")).unwrap()).unwrap(),
            tensors: file.tensors().into_iter().map(tensor).collect(),
            texts,
        }
    }

    /// Adds or replaces a text file.
    pub(crate) fn put(&mut self, name: &str, text: &str) {
        self.texts.insert(name.to_owned(), text.to_owned());
    }

    /// Takes a text file away.
    pub(crate) fn take(&mut self, name: &str) -> String {
        self.texts.remove(name).unwrap()
    }

    /// Takes the tensors away whose names contain a word.
    pub(crate) fn remove(&mut self, word: &str) {
        let before = self.tensors.len();
        self.tensors.retain(|name, _| !name.contains(word));
        assert!(self.tensors.len() < before, "{word}");
    }

    /// Gives the rows of the classifier another order, and says so. Names that none of the rows has are new ones for them
    /// as they stand.
    pub(crate) fn relabel(&mut self, order: &[&str]) {
        let old = self.config["id2label"].clone();
        let place = |row: usize, name: &str| {
            let found = (0..order.len()).find(|id| {
                let known = old[&id.to_string()].as_str().unwrap();
                known.eq_ignore_ascii_case(name)
            });
            found.unwrap_or(row)
        };
        for name in ["classifier.weight", "classifier.bias"] {
            let (_, bytes) = self.tensors.get_mut(name).unwrap();
            let row_bytes = bytes.len() / order.len();
            let rows = order.iter().enumerate().map(|(row, name)| place(row, name));
            *bytes = rows
                .flat_map(|row| bytes[row * row_bytes..(row + 1) * row_bytes].to_vec())
                .collect();
        }
        let ids = order.iter().enumerate();
        self.config["id2label"] = ids
            .clone()
            .map(|(id, name)| (id.to_string(), json!(name)))
            .collect();
        self.config["label2id"] = ids.map(|(id, name)| ((*name).to_owned(), json!(id))).collect();
    }

    /// Leaves one kind of tokens.
    pub(crate) fn cut_token_types(&mut self) {
        self.config["type_vocab_size"] = json!(1);
        let (shape, bytes) = self
            .tensors
            .get_mut("bert.embeddings.token_type_embeddings.weight")
            .unwrap();
        shape[0] = 1;
        bytes.truncate(shape[1] * 4);
    }

    /// Writes all of it.
    pub(crate) fn write(&self, folder: &Path) {
        self.write_texts(folder);
        save(&folder.join("model.safetensors"), &self.tensors);
    }

    /// Writes the weights in two files with an index.
    pub(crate) fn write_shards(&self, folder: &Path) {
        self.write_texts(folder);
        let half = self.tensors.len() / 2;
        let mut map = BTreeMap::new();
        for (number, range) in [(1, 0..half), (2, half..self.tensors.len())] {
            let name = format!("model-0000{number}-of-00002.safetensors");
            let tensors = self.tensors.iter().skip(range.start).take(range.len());
            let part: BTreeMap<String, Tensor> = tensors
                .map(|(name, tensor)| (name.clone(), tensor.clone()))
                .collect();
            map.extend(part.keys().map(|tensor| (tensor.clone(), name.clone())));
            save(&folder.join(name), &part);
        }
        let index = json!({"metadata": {}, "weight_map": map}).to_string();
        fs::write(folder.join("model.safetensors.index.json"), index).unwrap();
    }

    fn write_texts(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("config.json"), self.config.to_string()).unwrap();
        for (name, text) in &self.texts {
            fs::write(folder.join(name), text).unwrap();
        }
    }
}

fn save(path: &Path, tensors: &BTreeMap<String, Tensor>) {
    let views = tensors.iter().map(|(name, (shape, bytes))| {
        (
            name.as_str(),
            TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap(),
        )
    });
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    fs::write(path, safetensors::serialize(views, Some(metadata)).unwrap()).unwrap();
}

/// A tokenizer.json as transformers saves it for BERT.
pub(crate) fn tokenizer_json(vocabulary: &str, lower: bool) -> String {
    let ids: BTreeMap<&str, usize> = vocabulary.lines().zip(0..).collect();
    let special = |name: &str, kind: u8| json!({"SpecialToken": {"id": name, "type_id": kind}});
    let text = |name: &str, kind: u8| json!({"Sequence": {"id": name, "type_id": kind}});
    let entry = |name: &str| json!({"id": name, "ids": [ids[name]], "tokens": [name]});
    let added: Vec<Value> = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
        .into_iter()
        .map(|name| {
            json!({"id": ids[name], "content": name, "single_word": false, "lstrip": false, "rstrip": false,
                   "normalized": false, "special": true})
        })
        .collect();
    json!({
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0},
        "padding": null,
        "added_tokens": added,
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
                       "lowercase": lower},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [special("[CLS]", 0), text("A", 0), special("[SEP]", 0)],
            "pair": [special("[CLS]", 0), text("A", 0), special("[SEP]", 0), text("B", 1), special("[SEP]", 1)],
            "special_tokens": {"[CLS]": entry("[CLS]"), "[SEP]": entry("[SEP]")}
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": ids}
    })
    .to_string()
}
