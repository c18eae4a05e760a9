//! What cannot be exported is refused by name, with what to do, and leaves nothing behind.

use std::fs;
use std::path::Path;

use bundle::encoder::{Activation, EncoderConfig, Family};
use bundle::{ModelConfig, WEIGHTS_FILE, write_config};
use export::{ExportError, onnx, removed, zeroed};
use files::Hint;
use heads::HeadMask;
use safetensors::tensor::{Dtype, Metadata, TensorInfo};

use crate::made::{self, Random};

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

/// A refusal in words, which has a hint.
fn refusal<T>(outcome: Result<T, ExportError>) -> String {
    let Err(error) = outcome else {
        panic!("not refused")
    };
    assert!(error.hint().is_some(), "{error}");
    error.to_string()
}

#[test]
fn masks_of_other_models_and_models_that_have_lost_heads_are_refused() {
    let mut random = Random::new(3);
    let whole = made::translation();
    let tensors = made::tensors(&whole, &mut random);
    let root = tempfile::tempdir().unwrap();
    let [from, out] = ["from", "out"].map(|name| root.path().join(name));
    fs::create_dir(&out).unwrap();
    made::write(&from, &whole, &tensors, Dtype::F32);
    for write in [zeroed::write, removed::write] {
        let refused = refusal(write(&from, &HeadMask::all(5), &out));
        assert!(
            refused.ends_with("a mask of 5 heads does not fit a model that has 24"),
            "{refused}"
        );
    }
    let mask = HeadMask::from_flags((0..24).map(|head| head != 7).collect());
    let left = whole.pruned(&mask).unwrap();
    made::write(&from, &left, &made::removed(&whole, &tensors, &mask), Dtype::F32);
    let refused = refusal(zeroed::write(&from, &HeadMask::all(23), &out));
    assert!(
        refused.contains("has lost heads already: 1 in `pruned_heads`"),
        "{refused}"
    );
    let refused = refusal(removed::write(&from, &HeadMask::all(24), &out));
    assert!(
        refused.ends_with("a mask of 24 heads does not fit a model that has 23"),
        "{refused}"
    );
    let refused = refusal(onnx::write(&from, &out.join(onnx::MODEL_FILE)));
    assert!(refused.contains("holds an encoder-decoder"), "{refused}");
    assert!(is_empty(&out));
}

#[test]
fn what_does_not_classify_is_refused_by_the_tensors_that_it_lacks() {
    let mut random = Random::new(4);
    let config = ModelConfig::Encoder(made::encoder(Family::Roberta, Activation::Gelu, &mut random));
    let mut tensors = made::tensors(&config, &mut random);
    tensors.retain(|name, _| !name.starts_with("classifier."));
    let root = tempfile::tempdir().unwrap();
    let [from, out] = ["from", "out"].map(|name| root.path().join(name));
    fs::create_dir(&out).unwrap();
    made::write(&from, &config, &tensors, Dtype::F32);
    let wanted = "`classifier.dense.weight` and 3 more are missing";
    let refused = refusal(onnx::write(&from, &out.join(onnx::MODEL_FILE)));
    assert!(refused.contains(wanted), "{refused}");
    let all = HeadMask::all(config.grid().unwrap().total());
    for write in [zeroed::write, removed::write] {
        let refused = refusal(write(&from, &all, &out));
        assert!(refused.contains(wanted), "{refused}");
    }
    let refused = refusal(onnx::write(
        &root.path().join("none"),
        &out.join(onnx::MODEL_FILE),
    ));
    assert!(refused.contains("config.json"), "{refused}");
    assert!(is_empty(&out));
}

#[test]
fn a_model_beyond_protobuf_is_refused_before_a_byte_is_written() {
    let config = EncoderConfig::of_sizes(1 << 26, 8, 1, 2, 4, 4);
    let root = tempfile::tempdir().unwrap();
    write_config(root.path(), config.to_keys()).unwrap();
    let mut end = 0;
    let infos = config.tensors().into_iter().map(|spec| {
        let begin = end;
        end += 4 * spec.count() as usize;
        let info = TensorInfo {
            dtype: Dtype::F32,
            shape: spec.shape,
            data_offsets: (begin, end),
        };
        (spec.name, info)
    });
    let header = serde_json::to_vec(&Metadata::new(None, infos.collect()).unwrap()).unwrap();
    let path = root.path().join(WEIGHTS_FILE);
    let length = (header.len() as u64).to_le_bytes();
    fs::write(&path, [&length[..], &header].concat()).unwrap();
    // A hole, which takes no room on the disk.
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len((8 + header.len() + end) as u64).unwrap();
    let out = root.path().join(onnx::MODEL_FILE);
    let refused = refusal(onnx::write(root.path(), &out));
    assert!(
        refused.contains("would have 2147") && refused.contains("more than the 2147483647"),
        "{refused}"
    );
    assert!(!out.exists());
}
