//! Folders that the tests make: small random models of every family, whole and with heads removed.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use bundle::encoder::{Activation, EncoderConfig, Family};
use bundle::translation::TranslationConfig;
use bundle::{ModelConfig, WEIGHTS_FILE, write_config};
use half::{bf16, f16};
use heads::HeadMask;
use safetensors::tensor::{Dtype, TensorView};

/// Numbers that follow from a seed: SplitMix64 (Steele et al. 2014).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A whole number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// A number in [-1, 1).
    fn number(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }

    /// A mask of that many heads: all, none, one, or each with an even chance.
    pub(crate) fn mask(&mut self, heads: usize) -> HeadMask {
        let one = self.below(heads);
        let kind = self.below(6);
        let flags = (0..heads).map(|head| match kind {
            0 => head == one,
            // Every second module of three heads has none.
            1 => head / 3 % 2 == 0,
            2 => false,
            _ => self.below(2) == 0,
        });
        HeadMask::from_flags(flags.collect())
    }

    /// Two steps to a mask: what the first leaves out of all heads, and the second of those that the first keeps.
    pub(crate) fn steps(&mut self, mask: &HeadMask) -> [HeadMask; 2] {
        let first: Vec<bool> = mask
            .flags()
            .iter()
            .map(|kept| *kept || self.below(2) == 0)
            .collect();
        let is_left = mask.flags().iter().zip(&first).filter(|(_, first)| **first);
        let second = is_left.map(|(kept, _)| *kept).collect();
        [first, second].map(HeadMask::from_flags)
    }
}

/// Every float type that is read.
pub(crate) const TYPES: [Dtype; 4] = [Dtype::F64, Dtype::F32, Dtype::F16, Dtype::BF16];

/// Tensors by their names: shape and numbers.
pub(crate) type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// A small classifier of random sizes.
pub(crate) fn encoder(family: Family, activation: Activation, random: &mut Random) -> EncoderConfig {
    let heads = 1 + random.below(4);
    let width = heads * (2 + 2 * random.below(4));
    let layers = 1 + random.below(4);
    let mut config = EncoderConfig::of_sizes(40, width, layers, heads, 5 + random.below(20), 24);
    config.family = family;
    config.hidden_act = activation;
    config.pad_token_id = Some(random.below(3));
    config.layer_norm_eps = [1e-12, 1e-5][random.below(2)];
    match family {
        Family::Bert => {}
        Family::Roberta | Family::XlmRoberta => config.type_vocab_size = 1,
        // Its own epsilon is in its code.
        Family::DistilBert => (config.type_vocab_size, config.layer_norm_eps) = (0, 1e-12),
    }
    let labels = ["no", "yes", "maybe", "äöü \"so\""].map(str::to_owned);
    config.set_labels(&labels[..2 + random.below(3)]);
    config
}

/// Random numbers for every tensor of a model.
pub(crate) fn tensors(config: &ModelConfig, random: &mut Random) -> Tensors {
    let specs = config.tensors().into_iter();
    specs
        .map(|spec| {
            let scales = spec.shape.len() == 1 && spec.name.contains("orm") && spec.name.ends_with("weight");
            let width = (spec.shape[spec.shape.len() - 1] as f32).sqrt();
            let size = if spec.shape.len() == 1 { 0.3 } else { 2.0 / width };
            let numbers = (0..spec.count()).map(|_| size * random.number() + f32::from(u8::from(scales)));
            let numbers = numbers.collect();
            (spec.name, (spec.shape, numbers))
        })
        .collect()
}

/// The tensors that are left without the heads that `mask` leaves out: their entries along the axis that became shorter go.
pub(crate) fn removed(config: &ModelConfig, tensors: &Tensors, mask: &HeadMask) -> Tensors {
    let grid = config.grid().unwrap();
    let rows: Vec<_> = grid.rows().iter().zip(grid.cut(mask.flags())).collect();
    let specs = config.pruned(mask).unwrap().tensors().into_iter();
    specs
        .map(|spec| {
            let (shape, numbers) = &tensors[&spec.name];
            let Some(axis) = (0..shape.len()).find(|&axis| shape[axis] != spec.shape[axis]) else {
                return (spec.name, (shape.clone(), numbers.clone()));
            };
            let is_of = |output: &str| spec.name.starts_with(module(output));
            let row = rows.iter().find(|(row, _)| is_of(&config.output_projection(row)));
            let kept = row.unwrap().1;
            let columns: usize = shape[1..].iter().product();
            let is_left = |place: usize| {
                let entry = [place / columns, place % columns][axis];
                kept[entry / (shape[axis] / kept.len())]
            };
            let numbers = numbers.iter().enumerate().filter(|(place, _)| is_left(*place));
            let numbers = numbers.map(|(_, &number)| number).collect();
            (spec.name, (spec.shape, numbers))
        })
        .collect()
}

/// A small model of the kind of that number: an encoder-decoder, or a classifier of each family.
pub(crate) fn model(kind: usize, random: &mut Random) -> ModelConfig {
    match kind % 5 {
        0 => translation(),
        kind => ModelConfig::Encoder(encoder(Family::ALL[kind - 1], Activation::Gelu, random)),
    }
}

/// What the names of an attention module's tensors begin with, given that of its output projection.
fn module(output: &str) -> &str {
    let ends =
        ["attention.", "self_attn.", "encoder_attn."].map(|word| Some(output.find(word)? + word.len()));
    &output[..ends.into_iter().flatten().next().unwrap()]
}

/// Writes a folder with these tensors, their numbers rounded to `dtype`.
pub(crate) fn write(folder: &Path, config: &ModelConfig, tensors: &Tensors, dtype: Dtype) {
    write_mixed(folder, config, tensors, |_| dtype);
}

/// Writes a folder with these tensors, the numbers of each rounded to the type for its name.
pub(crate) fn write_mixed(
    folder: &Path,
    config: &ModelConfig,
    tensors: &Tensors,
    dtype: impl Fn(&str) -> Dtype,
) {
    fs::create_dir_all(folder).unwrap();
    let stored: Vec<(Dtype, Vec<u8>)> = tensors
        .iter()
        .map(|(name, (_, numbers))| {
            let dtype = dtype(name);
            let bytes = numbers.iter().flat_map(|&number| bytes(number, dtype));
            (dtype, bytes.collect())
        })
        .collect();
    let views = tensors
        .iter()
        .zip(&stored)
        .map(|((name, (shape, _)), (dtype, bytes))| {
            (
                name.as_str(),
                TensorView::new(*dtype, shape.clone(), bytes).unwrap(),
            )
        });
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let file = safetensors::serialize(views, Some(metadata)).unwrap();
    fs::write(folder.join(WEIGHTS_FILE), file).unwrap();
    write_config(folder, config.to_keys()).unwrap();
}

/// A number as it is stored.
fn bytes(number: f32, dtype: Dtype) -> Vec<u8> {
    match dtype {
        Dtype::F64 => f64::from(number).to_le_bytes().to_vec(),
        Dtype::F32 => number.to_le_bytes().to_vec(),
        Dtype::F16 => f16::from_f32(number).to_le_bytes().to_vec(),
        Dtype::BF16 => bf16::from_f32(number).to_le_bytes().to_vec(),
        _ => panic!("{dtype:?}"),
    }
}

/// A small encoder-decoder.
pub(crate) fn translation() -> ModelConfig {
    let mut config = TranslationConfig::of_sizes(9, 8, 12, 2, 3, 6);
    config.decoder_layers = 3;
    ModelConfig::Translation(config)
}
