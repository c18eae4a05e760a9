//! Controls, scores from outside, Shapley values and the oracle, on a made-up task whose heads are of known use.

use std::fs;

use experiment::{Source, load};
use methods::Methods;
use records::{read_mask, read_subsets};
use sweep::{Plan, Run};

use crate::methods::{Sweep, best, near};
use crate::toy::{Toy, USE};

fn runs<'a>(sweep: &'a Sweep, name: &str) -> Vec<&'a Run> {
    sweep
        .plan
        .runs()
        .iter()
        .filter(|run| run.method.name == name)
        .collect()
}

#[test]
fn the_controls_of_random_subsets_have_the_same_subset() {
    let sweep = Sweep::new(&[
        "sweep.methods=['random','random-joint','random-finetuned']",
        "sweep.heads=[5]",
    ]);
    let mut of_method = std::collections::BTreeMap::new();
    for (run, measured, _) in sweep.all() {
        if run.point.k.is_some() {
            of_method.insert(run.method.name, measured.rows);
        }
    }
    let first = of_method["random"]
        .iter()
        .find(|row| row.variant == "draw-1")
        .unwrap();
    for name in ["random-joint", "random-finetuned"] {
        let row = &of_method[name][0];
        assert!(
            near(row.value, first.value),
            "{name}: {} and {}",
            row.value,
            first.value
        );
        assert_eq!((row.variant.as_str(), row.k_actual), ("", 5));
    }
    let mask = read_mask(&sweep.folder(runs(&sweep, "random-joint")[0]).join("mask.json")).unwrap();
    assert_eq!(mask.concat().iter().filter(|&&flag| flag == 1).count(), 5);
}

#[test]
fn training_further_keeps_the_mask_that_was_chosen() {
    let sweep = Sweep::new(&[
        "sweep.methods=['michel-finetuned','dsp-finetuned']",
        "sweep.heads=[3]",
    ]);
    let all = sweep.all();
    for (run, measured, toy) in &all {
        let Some(chosen) = run.method.name.strip_suffix("-finetuned") else {
            continue;
        };
        let base = sweep.plan.base_of(run).unwrap();
        assert!(base.method.name.starts_with(chosen), "{}", base.id);
        let [own, of_base] = [*run, base].map(|run| read_mask(&sweep.folder(run).join("mask.json")).unwrap());
        assert_eq!(own, of_base, "{}", run.id);
        assert_eq!(measured.rows[0].variant, run.point.variant.unwrap_or_default());
        // The weights are those of the dense model, not of the run that chose.
        assert!(
            toy.taken.as_ref().unwrap().to_string_lossy().contains("dense-s1"),
            "{:?}",
            toy.taken
        );
    }
}

#[test]
fn shapley_values_of_heads_that_do_not_touch_each_other_are_their_use_and_an_interruption_changes_nothing() {
    let sweep = Sweep::new(&["sweep.methods=['shapley']", "sweep.heads=[1, 4]"]);
    let run = runs(&sweep, "shapley-order")[0];
    let (measured, calm) = sweep.execute(run);
    for (got, want) in measured.scores.unwrap().iter().zip(USE) {
        assert!(near(*got, want), "{got} {want}");
    }
    // Without heads and with all once, eleven in between for each of five orders.
    assert_eq!((calm.looks, calm.cost), (2 + 5 * 11, 10 * (2 + 5 * 11)));
    let order = sweep.folder(run).join("order.json");
    let expected = fs::read(&order).unwrap();
    fs::remove_file(&order).unwrap();
    let mut first = Toy::new(&sweep.folder(run));
    first.fails_at = Some(30);
    sweep.execute_with(run, &mut first).unwrap_err();
    let (_, second) = sweep.execute(run);
    assert!(second.looks < calm.looks);
    assert_eq!(second.cost, calm.cost);
    assert_eq!(fs::read(&order).unwrap(), expected);
    for run in runs(&sweep, "shapley") {
        let k = run.point.k.unwrap();
        assert!(near(sweep.execute(run).0.rows[0].value, best(k)));
    }
}

#[test]
fn the_oracle_finds_the_best_subset_of_each_size_and_keeps_all_of_them() {
    let sweep = Sweep::new(&["sweep.methods=['oracle']", "sweep.heads=[1, 4, 12]"]);
    let run = runs(&sweep, "oracle")[0];
    let (measured, calm) = sweep.execute(run);
    let found: Vec<(usize, f64)> = measured
        .rows
        .iter()
        .map(|row| (row.k_actual, row.value))
        .collect();
    assert_eq!(found.len(), 3);
    for (k, value) in found {
        assert!(near(value, best(k)), "{k}: {value}");
    }
    let path = sweep.folder(run).join("oracle.csv");
    let rows = read_subsets(&path).unwrap();
    // The tuning split and the one that is reported, the loss alone.
    assert_eq!(rows.len(), 2 * 4096);
    assert!(
        rows.iter()
            .any(|row| row.k == 0 && row.value == 0.0 && row.split == "tuning")
    );
    let expected = fs::read(&path).unwrap();
    let mut first = Toy::new(&sweep.folder(run));
    first.fails_at = Some(1001);
    sweep.execute_with(run, &mut first).unwrap_err();
    let (_, second) = sweep.execute(run);
    assert!(second.looks < calm.looks);
    assert_eq!(second.cost, calm.cost);
    assert_eq!(fs::read(&path).unwrap(), expected);
}

#[test]
fn the_oracle_refuses_more_heads_than_it_can_measure() {
    let text = "[model]\nlayers = 4\nheads = 5\nwidth = 60\n[sweep]\nmethods = ['oracle']\nheads = [3]";
    let refused = load(&Source::embedded("toy.toml", text), &[], &Methods::known()).unwrap_err();
    let refused = refused.to_string();
    assert!(refused.contains("20 heads have more than the 2^16"), "{refused}");
}

#[test]
fn scores_of_a_file_enter_and_a_changed_file_is_a_new_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.csv");
    let write = |factor: f64| {
        let mut text = "layer,head,score\n".to_owned();
        for (head, gain) in USE.iter().enumerate() {
            text += &format!("{},{},{}\n", head / 4, head % 4, gain * factor);
        }
        fs::write(&path, text).unwrap();
    };
    write(1.0);
    let file = format!("scores.file='{}'", path.display());
    let set = [
        "sweep.methods=['scores']",
        "sweep.heads=[2, 7]",
        file.as_str(),
        "scores.name=mine",
    ];
    let sweep = Sweep::new(&set);
    let keys = |sweep: &Sweep| -> Vec<String> {
        let runs = runs(sweep, "scores").into_iter();
        runs.map(|run| run.key.to_string()).collect()
    };
    let before = keys(&sweep);
    for (run, measured, _) in sweep.all() {
        if let Some(k) = run.point.k {
            assert!(near(measured.rows[0].value, best(k)), "{}", run.id);
            assert_eq!(measured.rows[0].variant, "mine");
        }
    }
    // Where it lies does not matter, what it says does.
    let moved = folder.path().join("moved.csv");
    fs::copy(&path, &moved).unwrap();
    let file = format!("scores.file='{}'", moved.display());
    assert_eq!(
        keys(&Sweep::new(&[
            "sweep.methods=['scores']",
            "sweep.heads=[2, 7]",
            &file,
            "scores.name=mine"
        ])),
        before
    );
    write(-1.0);
    let after = keys(&Sweep::new(&set));
    assert!(before.iter().all(|key| !after.contains(key)), "{after:?}");
}

#[test]
fn a_file_of_scores_that_cannot_be_used_is_refused_before_any_run() {
    let refused = |set: &[&str]| {
        let overrides: Vec<_> = set.iter().map(|entry| entry.parse().unwrap()).collect();
        let text = "[model]\nlayers = 3\nheads = 4\nwidth = 64\n[sweep]\nmethods = ['scores']\nheads = [3]";
        load(&Source::embedded("toy.toml", text), &overrides, &Methods::known())
            .map(|experiment| Plan::new(&experiment, &Methods::known()).unwrap().runs().len())
            .unwrap_err()
            .to_string()
    };
    let missing = refused(&[]);
    assert!(
        missing.contains("scores.file") && missing.contains("is missing"),
        "{missing}"
    );
    let nowhere = refused(&["scores.file=/nowhere/scores.csv"]);
    assert!(nowhere.contains("/nowhere/scores.csv"), "{nowhere}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scores.csv");
    fs::write(&path, "layer,head,score\n0,0,1\n").unwrap();
    let partial = refused(&[&format!("scores.file='{}'", path.display())]);
    assert!(
        partial.contains("head 1 of the 12 of the model has no score for seed 1"),
        "{partial}"
    );
}
