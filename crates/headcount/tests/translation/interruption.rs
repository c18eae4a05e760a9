//! The model that is kept is the same whether or not a training was killed on the way.

use std::fs;
use std::path::Path;

use super::common::{killed_and_done_again, run_folder};
use super::reproduce;

/// A training whose translations get better from look to look.
const LEARNING: [&str; 13] = [
    "sweep.methods=[\"dsp-joint\"]",
    "sweep.heads=[4]",
    "data.train_examples=3000",
    "data.dev_examples=30",
    "model.width=64",
    "model.feed_forward=64",
    "train.updates=210",
    "train.warmup=20",
    "train.checkpoint_every=30",
    "select.every=30",
    "select.average=3",
    "dsp.cooldown=0.5",
    "dsp.waypoints=[]",
];

#[test]
fn the_best_model_and_the_average_are_the_same_over_an_interruption() {
    for (model, gate) in [("best", "sampled"), ("best", "hard"), ("average", "hard")] {
        let folder = tempfile::tempdir().unwrap();
        let [calm, killed] = ["calm", "killed"].map(|name| folder.path().join(name));
        let (model, gate) = (format!("select.model={model}"), format!("select.gate={gate}"));
        let set = [&LEARNING[..], &[&model, &gate]].concat();
        reproduce(&calm, &set);
        killed_and_done_again(&calm, &killed, "dsp-joint", 130);
        let of = |out: &Path, name: &str| fs::read(run_folder(out, "dsp-joint").join(name)).unwrap();
        assert!(
            of(&calm, "model.safetensors") == of(&killed, "model.safetensors"),
            "{model} {gate}"
        );
        for name in ["metrics.csv", "gates.csv", "result.json", "predictions.test.csv"] {
            assert!(of(&calm, name) == of(&killed, name), "{model} {gate} {name}");
        }
        if model.ends_with("best") {
            let looks = String::from_utf8(of(&calm, "dev.csv")).unwrap();
            let looks: Vec<(u64, f64)> = looks
                .lines()
                .skip(1)
                .map(|line| {
                    let (update, value) = line.split_once(',').unwrap();
                    (update.parse().unwrap(), value.parse().unwrap())
                })
                .collect();
            let updates: Vec<u64> = looks.iter().map(|(update, _)| *update).collect();
            assert_eq!(updates, [30, 60, 90, 120, 150, 180, 210]);
            let best = looks.iter().map(|(_, value)| *value).fold(0.0, f64::max);
            assert!(best > looks[0].1, "{looks:?}");
            assert!(of(&calm, "dev.csv") == of(&killed, "dev.csv"), "{model} {gate}");
        }
        let left = fs::read_dir(run_folder(&calm, "dsp-joint")).unwrap();
        let left: Vec<String> = left
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".safetensors"))
            .collect();
        assert_eq!(left, ["model.safetensors"]);
    }
}
