//! `predict`: the answers of runs again, in their order, whatever the folder; bad lines by their numbers.

use std::path::Path;

use super::sweeps::{Sweep, answers, pairs};
use super::{command, ended, fed};

fn predict(folder: &Path, words: &[&str], text: &str) -> String {
    let asked = command(
        &[&["predict", "--device", "flex"], words].concat(),
        &[("", folder)],
    );
    ended(&fed(asked, text.as_bytes()), 0).out
}

#[test]
fn a_run_and_its_removed_model_answer_as_the_run_was_measured() {
    let sweep = Sweep::of_classifiers();
    for (begin, column) in [("dsp-joint", 3), ("michel-token", 3), ("dense", 3)] {
        let run = sweep.run(begin);
        let expected = answers(&run, "matched", column);
        let folders = match begin {
            "dense" => vec![run.clone()],
            _ => vec![run.clone(), run.join("removed")],
        };
        for folder in folders {
            let said = predict(&folder, &[], &pairs("matched"));
            assert_eq!(said.lines().collect::<Vec<_>>(), expected, "{}", folder.display());
            for window in ["1", "7"] {
                let again = predict(
                    &folder,
                    &["--window", window, "--threads", "2"],
                    &pairs("matched"),
                );
                assert_eq!(again, said, "{window}");
            }
        }
    }
}

#[test]
fn probabilities_are_json_by_the_names_of_the_classes() {
    let run = Sweep::of_classifiers().run("dsp-joint");
    let text = pairs("mismatched");
    let labels = predict(&run, &[], &text);
    let said = predict(&run, &["--probabilities"], &text);
    assert_eq!(said.lines().count(), text.lines().count());
    for (line, label) in said.lines().zip(labels.lines()) {
        let answer: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(answer["label"], label);
        let shares = answer["probabilities"].as_object().unwrap();
        let sum: f64 = shares.values().map(|share| share.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        let largest = shares
            .iter()
            .max_by(|a, b| a.1.as_f64().unwrap().total_cmp(&b.1.as_f64().unwrap()));
        assert_eq!(largest.unwrap().0, label);
        assert_eq!(answer["logits"].as_object().unwrap().len(), 3);
    }
}

#[test]
fn bad_lines_are_named_or_answered_with_empty_ones() {
    let run = Sweep::of_classifiers().run("dense");
    let bad = b"every dog runs\tno dog runs\nno tab\na\tb\tc\n\xff\ta\nevery cat sits\tno cat sits\r\nsome dog runs\tno dog runs";
    let asked = || command(&["predict", "--device", "flex"], &[("", run.as_path())]);
    let said = ended(&fed(asked(), bad), 2);
    assert_eq!(said.out.lines().count(), 1, "what came before it is answered");
    assert!(
        said.err
            .contains("standard input:2: 1 fields where the first good line has 2"),
        "{}",
        said.err
    );
    assert!(said.err.contains("--skip-bad"), "{}", said.err);
    let mut skipping = asked();
    skipping.arg("--skip-bad");
    let said = ended(&fed(skipping, bad), 0);
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!(lines.len(), 6, "{}", said.out);
    assert_eq!(
        lines.iter().map(|line| line.is_empty()).collect::<Vec<_>>(),
        [false, true, true, true, false, false]
    );
    for number in [":2: ", ":3: 3 fields", ":4: not valid UTF-8"] {
        assert!(
            said.err.contains(&format!("standard input{number}")),
            "{}",
            said.err
        );
    }
    // A line that cannot be used decides nothing.
    let mut skipping = asked();
    skipping.arg("--skip-bad");
    let said = ended(&fed(skipping, b"\na\tb\tc\nevery dog runs\tno dog runs\n"), 0);
    let empty: Vec<bool> = said.out.lines().map(str::is_empty).collect();
    assert_eq!(empty, [true, true, false]);
    // Texts alone, as the first line has it; and nothing in, nothing out.
    assert_eq!(
        predict(&run, &[], "every dog runs\nno dog runs\n")
            .lines()
            .count(),
        2
    );
    assert_eq!(predict(&run, &[], ""), "");
}

#[test]
fn what_is_no_classifier_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let run = Sweep::of_translation().run("dense");
    for (folder, words) in [
        (folder.path(), "config.json"),
        (run.as_path(), "`headcount translate "),
    ] {
        let said = ended(&fed(command(&["predict"], &[("", folder)]), b"a\tb\n"), 2);
        assert!(said.err.contains(words), "{}", said.err);
    }
    let classifier = Sweep::of_classifiers().run("dense");
    let said = ended(&fed(command(&["translate"], &[("", &classifier)]), b"a\n"), 2);
    assert!(said.err.contains("`headcount predict "), "{}", said.err);
    // A run that is not done has no mask to obey.
    let half = folder.path().join("half");
    std::fs::create_dir(&half).unwrap();
    let run = Sweep::of_classifiers().run("dsp-joint");
    for name in ["config.json", "vocab.txt", "run.toml", "model.safetensors"] {
        std::fs::copy(run.join(name), half.join(name)).unwrap();
    }
    let said = ended(&fed(command(&["predict"], &[("", half.as_path())]), b"a\tb\n"), 2);
    assert!(said.err.contains("has no result"), "{}", said.err);
    let run = Sweep::of_classifiers().run("dense");
    let asked = command(&["predict", "--max-length", "4000"], &[("", run.as_path())]);
    assert!(ended(&fed(asked, b"a\tb\n"), 2).err.contains("positions"));
}

/// Softmax over scores of labels that do not exclude each other, or of a regression, says what nobody asked.
#[test]
fn scores_that_are_no_choice_among_classes_are_refused_by_every_command() {
    let run = Sweep::of_classifiers().run("dense");
    let folder = tempfile::tempdir().unwrap();
    let [model, mask, out] = ["model", "mask.json", "out"].map(|name| folder.path().join(name));
    std::fs::create_dir(&model).unwrap();
    for name in ["vocab.txt", "model.safetensors"] {
        std::fs::copy(run.join(name), model.join(name)).unwrap();
    }
    std::fs::write(
        &mask,
        r#"{"mask": [[1,0,0,0],[1,0,0,0],[1,0,0,0]], "schema_version": 1}"#,
    )
    .unwrap();
    let config = std::fs::read_to_string(run.join("config.json")).unwrap();
    for kind in ["multi_label_classification", "regression"] {
        let other = config.replace("single_label_classification", kind);
        assert_ne!(other, config);
        std::fs::write(model.join("config.json"), other).unwrap();
        let [mask, weights] = [
            mask.display().to_string(),
            format!("model.weights={}", model.display()),
        ];
        let predicting = command(&["predict"], &[("", model.as_path())]);
        let pruning = command(&["prune", "--mask", &mask, "--out"], &[("", &out), ("", &model)]);
        let training = command(
            &["reproduce", "mnli", "--yes", "--set", &weights, "--out"],
            &[("", &out)],
        );
        for command in [predicting, pruning, training] {
            let said = ended(&fed(command, b"a\tb\n"), 2).err;
            let found = format!("config.json: `problem_type` is \"{kind}\"");
            assert!(
                said.contains(&found) && said.contains("hint: name a model that chooses one of several"),
                "{said}"
            );
            assert!(!out.exists());
        }
    }
}

/// The process holds as much after many lines as after some: lines are read, answered and forgotten.
#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_lines_of_a_pipe() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::Stdio;

    let run = Sweep::of_classifiers().run("dsp-joint");
    let mut asked = command(
        &["predict", "--device", "flex", "--window", "256"],
        &[("", run.as_path())],
    );
    let mut child = asked
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut answers = BufReader::new(output).lines();
    let text = pairs("matched").repeat(3);
    let window: Vec<&str> = text.lines().take(256).collect();
    let status = format!("/proc/{}/status", child.id());
    let held = || -> u64 {
        let text = std::fs::read_to_string(&status).unwrap();
        let line = text.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let mut answer = |windows: usize| {
        for _ in 0..windows {
            input.write_all((window.join("\n") + "\n").as_bytes()).unwrap();
            assert_eq!(
                answers.by_ref().take(256).filter(|line| line.is_ok()).count(),
                256
            );
        }
    };
    answer(4);
    let early = held();
    answer(36);
    let late = held();
    drop(input);
    assert!(child.wait().unwrap().success());
    assert!(
        late < early + early / 10,
        "{early} KiB after 1,024 lines, {late} after 10,240"
    );
}
