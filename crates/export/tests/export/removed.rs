//! Folders without removed heads: the tensors that are left, byte for byte, however many steps led to them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bundle::encoder::{Activation, Family};
use bundle::weights::{Classifier, LoadReport, Plan, Weights};
use bundle::{CONFIG_FILE, ModelConfig, WEIGHTS_FILE};
use export::removed;
use heads::HeadMask;
use safetensors::tensor::Dtype;

use crate::made::{self, Random, Tensors};

/// What the reader of models says of a folder.
fn report(folder: &Path) -> LoadReport {
    let weights = Weights::of_folder(folder).unwrap();
    let plan = match ModelConfig::read(&folder.join(CONFIG_FILE)).unwrap() {
        ModelConfig::Encoder(config) => Plan::encoder(&config, &weights, Classifier::AsStored),
        ModelConfig::Translation(config) => Plan::exact(&config.tensors(), &weights),
    };
    plan.unwrap().report
}

/// Every file of a folder by its name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// The folder has the tensors that the config without those heads lists and no others, the same bytes as in `wanted`, and no
/// byte that none of them is of.
fn check(config: &ModelConfig, mask: &HeadMask, [wanted, out]: [&Path; 2]) {
    let left = config.pruned(mask).unwrap();
    let read = ModelConfig::read(&out.join(CONFIG_FILE)).unwrap();
    assert_eq!(read.to_keys(), left.to_keys());
    assert_eq!(read.grid().unwrap().total(), mask.kept());
    assert_eq!(report(out), LoadReport::default());
    let [wanted, found] = [wanted, out].map(|folder| Weights::of_folder(folder).unwrap());
    let mut specs = left.tensors();
    specs.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(found.names().eq(specs.iter().map(|spec| spec.name.as_str())));
    let file = fs::read(out.join(WEIGHTS_FILE)).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&file).unwrap();
    let mut length = 8 + u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    assert!(length.is_multiple_of(8));
    for spec in &specs {
        let name = &spec.name;
        let bytes = found.bytes(name).unwrap();
        assert_eq!(found.shape(name), Some(spec.shape.as_slice()), "{name}");
        assert_eq!(found.dtype(name), wanted.dtype(name), "{name}");
        assert!(bytes == wanted.bytes(name).unwrap(), "{name}");
        let tensor = tensors.tensor(name).unwrap();
        assert_eq!(tensor.data(), bytes, "{name}");
        let begin = tensor.data().as_ptr() as usize - file.as_ptr() as usize;
        assert!(
            begin.is_multiple_of(tensor.dtype().bitsize() / 8),
            "{name} at {begin}"
        );
        length += bytes.len();
    }
    assert_eq!(file.len(), length);
}

#[test]
fn tensors_lack_the_heads_and_keep_every_other_byte_however_many_steps_there_are() {
    for seed in 0..150 {
        let mut random = Random::new(seed);
        let kind = seed as usize % 5;
        let config = made::model(kind, &mut random);
        let tensors = made::tensors(&config, &mut random);
        let mask = match seed / 5 {
            0 => HeadMask::all(config.grid().unwrap().total()),
            _ => random.mask(config.grid().unwrap().total()),
        };
        let root = tempfile::tempdir().unwrap();
        let [from, wanted, out, half, twice] =
            ["from", "wanted", "out", "half", "twice"].map(|name| root.path().join(name));
        for folder in [&out, &half, &twice] {
            fs::create_dir(folder).unwrap();
        }
        // A type for all tensors, or one for each.
        let dtype = |name: &str| match seed as usize / 5 % 5 {
            4 => made::TYPES[name.len() % 4],
            number => made::TYPES[number],
        };
        made::write_mixed(&from, &config, &tensors, dtype);
        fs::write(from.join("codes"), "#version\n").unwrap();
        let left = config.pruned(&mask).unwrap();
        made::write_mixed(&wanted, &left, &made::removed(&config, &tensors, &mask), dtype);

        removed::write(&from, &mask, &out).unwrap();
        check(&config, &mask, [&wanted, &out]);
        let at_once = files(&out);
        assert!(at_once.keys().eq(["codes", CONFIG_FILE, WEIGHTS_FILE]));

        let [first, second] = random.steps(&mask);
        removed::write(&from, &first, &half).unwrap();
        removed::write(&half, &second, &twice).unwrap();
        assert!(
            files(&twice) == at_once,
            "seed {seed}: {first:?}, then {second:?}"
        );
    }
}

#[test]
fn of_each_module_the_last_head_can_go_alone() {
    for kind in 0..5 {
        let mut random = Random::new(kind as u64);
        let config = made::model(kind, &mut random);
        let tensors = made::tensors(&config, &mut random);
        let grid = config.grid().unwrap();
        let root = tempfile::tempdir().unwrap();
        let [from, wanted, out] = ["from", "wanted", "out"].map(|name| root.path().join(name));
        fs::create_dir(&out).unwrap();
        made::write(&from, &config, &tensors, Dtype::BF16);
        for (row, heads) in grid.iter() {
            let flags = (0..grid.total()).map(|head| !heads.contains(&head));
            let mask = HeadMask::from_flags(flags.collect());
            let left = config.pruned(&mask).unwrap();
            let expected = made::removed(&config, &tensors, &mask);
            assert!(!expected.contains_key(&config.output_projection(row)));
            made::write(&wanted, &left, &expected, Dtype::BF16);
            removed::write(&from, &mask, &out).unwrap();
            check(&config, &mask, [&wanted, &out]);
        }
    }
}

#[test]
fn names_become_those_of_the_family_and_what_the_model_does_not_use_stays_with_its_module() {
    let mut random = Random::new(1);
    let mut encoder = made::encoder(Family::Bert, Activation::Relu, &mut random);
    encoder.num_hidden_layers = 2;
    let heads = encoder.num_attention_heads;
    let config = ModelConfig::Encoder(encoder);
    let tensors = made::tensors(&config, &mut random);
    let foreign = |name: &str| (name.to_owned(), (vec![3], vec![1.0, 2.0, 3.0]));
    let kept = [
        "bert.encoder.layer.0.attention.self.distance",
        "lm_head.bias",
        "module.embeddings.position_ids",
    ];
    let spelled: Tensors = tensors
        .iter()
        .map(|(name, tensor)| {
            let bare = name.strip_prefix("bert.").unwrap_or(name);
            let old = bare.replace("LayerNorm.weight", "LayerNorm.gamma");
            (format!("module.{old}"), tensor.clone())
        })
        .chain(kept.map(foreign))
        .chain([foreign("encoder.layer.1.attention.self.distance")])
        .collect();
    let root = tempfile::tempdir().unwrap();
    let [from, out, again] = ["from", "out", "again"].map(|name| root.path().join(name));
    for folder in [&out, &again] {
        fs::create_dir(folder).unwrap();
    }
    made::write(&from, &config, &spelled, Dtype::F32);
    let mask = HeadMask::from_flags((0..2 * heads).map(|head| head < heads).collect());
    removed::write(&from, &mask, &out).unwrap();

    let left = config.pruned(&mask).unwrap().tensors();
    let mut names: Vec<&str> = left.iter().map(|spec| spec.name.as_str()).chain(kept).collect();
    names.sort_unstable();
    let weights = Weights::of_folder(&out).unwrap();
    assert!(weights.names().eq(names));
    for name in kept {
        assert_eq!(weights.read::<f32>(name).unwrap(), [1.0, 2.0, 3.0]);
    }
    let found = report(&out);
    assert_eq!([found.unused, found.left_out], [vec![kept[1]], vec![kept[0]]]);

    // Tensors without numbers, as other programs store them for a module without heads, go at the next removal.
    let mut stored = made::removed(&config, &tensors, &mask);
    for name in config.projections(&config.grid().unwrap().rows()[1]) {
        stored.insert(format!("{name}.bias"), (vec![0], Vec::new()));
    }
    made::write(&from, &config.pruned(&mask).unwrap(), &stored, Dtype::F32);
    removed::write(&from, &HeadMask::all(heads), &again).unwrap();
    let left = Weights::of_folder(&again).unwrap();
    assert!(left.names().all(|name| tensors.contains_key(name)));
    assert_eq!(left.names().count(), weights.names().count() - kept.len());
    assert_eq!(report(&again), LoadReport::default());
}
