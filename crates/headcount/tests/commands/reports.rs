//! `headcount report` on folders of every kind.

use super::*;

#[test]
fn a_report_says_what_a_folder_is_that_is_no_sweep() {
    let folder = Folder::new();
    let made = folder.run(&["reproduce", "x.toml", "--set", "data.dir=data", "--out", "it's"]);
    succeeded(&made);
    fs::create_dir(folder.at("empty")).unwrap();
    let report = |path| ["report", path];
    let usual = "run `headcount sweep run` first";
    folder.refused(&report("nowhere"), "there is no folder nowhere", usual);
    folder.refused(&report("-"), "there is no folder -", usual);
    folder.refused(&report("empty"), "empty is empty", usual);
    folder.refused(&report("data"), "data is not the folder of a sweep", usual);
    folder.refused(&report("x.toml"), "x.toml is a file", usual);
    // Inside a sweep the sweep is meant.
    let meant = folder.at("it's").display().to_string().replace('\'', r"'\''");
    let meant = format!("did you mean `headcount report '{meant}'`?");
    folder.refused(&report("it's/results.csv"), "it's/results.csv is a file", &meant);
    folder.refused(
        &report("it's/runs"),
        "it's/runs is not the folder of a sweep",
        &meant,
    );
    let dense = common::run_folder(&folder.at("it's"), "dense");
    let dense = dense.strip_prefix(folder.0.path()).unwrap().to_str().unwrap();
    folder.refused(&report(dense), "is not the folder of a sweep", &meant);
    // Runs alone do not say what they belong to.
    fs::create_dir_all(folder.at("runs only/runs")).unwrap();
    folder.refused(&report("runs only"), "holds runs, but no plan.json", "sweep run");
    fs::create_dir(folder.at("plan only")).unwrap();
    fs::copy(folder.at("it's/plan.json"), folder.at("plan only/plan.json")).unwrap();
    folder.refused(&report("plan only"), "neither runs nor a results.csv", usual);
}

#[test]
fn half_a_sweep_is_reported_and_said_to_be_half() {
    let folder = Folder::new();
    let sets = [
        "--set",
        "data.dir=data",
        "--set",
        "sweep.seeds=[1, 2]",
        "--out",
        "out",
    ];
    let all = [&["reproduce", "x.toml"], &sets[..]].concat();
    succeeded(&folder.run(&all));
    let output = folder.run(&["report", "out"]);
    assert!(succeeded(&output).lines().any(|line| line == "out/results.csv"));
    assert_eq!(text(&output.stderr), "");
    fs::remove_dir_all(common::run_folder(&folder.at("out"), "dense-s2")).unwrap();
    let output = folder.run(&["report", "out"]);
    succeeded(&output);
    assert_eq!(
        text(&output.stderr),
        "note: 1 of 2 runs are done, and the report is of these\n"
    );
    assert_eq!(common::rows(&folder.at("out")).len(), 1);
    fs::remove_dir_all(common::run_folder(&folder.at("out"), "dense-s1")).unwrap();
    let output = folder.run(&["report", "out"]);
    assert_eq!(succeeded(&output), "out/results.csv\n");
    assert!(text(&output.stderr).starts_with("note: 0 of 2 runs are done"));
}

#[test]
fn figures_warn_of_characters_that_their_font_lacks() {
    let folder = Folder::new();
    let out = folder.at("reference");
    fs::create_dir(&out).unwrap();
    let reference =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/reference/mnli-demo/results.csv");
    fs::copy(reference, out.join("results.csv")).unwrap();
    let report = |caption: &str| {
        fs::write(out.join("report.toml"), caption).unwrap();
        let output = folder.run(&["report", "reference"]);
        succeeded(&output);
        text(&output.stderr)
    };
    assert_eq!(report("title = \"größe\"\n"), "");
    let said = report("title = \"我的 run\"\ncorpus = \"quotes 🙂\"\n");
    assert_eq!(said.lines().count(), 1, "{said}");
    for part in [
        "warning: ",
        "我 (U+6211)",
        "的 (U+7684)",
        "🙂 (U+1F642)",
        "`我的`",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    let svg = fs::read_to_string(out.join("accuracy_vs_heads.svg")).unwrap();
    assert!(svg.contains("我的 run"));
}

#[test]
fn two_sweeps_stand_side_by_side_and_two_runs_are_held_against_each_other() {
    let folder = Folder::new();
    for (out, rate) in [
        ("one", "train.learning_rate=1e-3"),
        ("two", "train.learning_rate=1e-2"),
    ] {
        let methods = "sweep.methods=['dense', 'random-joint']";
        let sets = [
            "--set",
            "data.dir=data",
            "--set",
            rate,
            "--set",
            methods,
            "--out",
            out,
        ];
        succeeded(&folder.run(&[&["reproduce", "x.toml"], &sets[..]].concat()));
    }
    let said = folder.run(&["report", "one", "two"]);
    let files = succeeded(&said);
    for name in ["side_by_side.csv", "side_by_side.png", "COMPARISON.md"] {
        assert!(files.contains(&format!("one-and-two/{name}")), "{files}");
        assert!(folder.at("one-and-two").join(name).is_file(), "{name}");
    }
    succeeded(&folder.run(&["report", "one", "two", "--out", "elsewhere"]));
    assert!(folder.at("elsewhere/side_by_side.csv").is_file());
    folder.refused(
        &["report", "one", "data"],
        "data is not the folder of a sweep",
        "headcount",
    );

    let run = |sweep: &str, method: &str| {
        let path = common::run_folder(&folder.at(sweep), method);
        path.strip_prefix(folder.0.path())
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    let (dense, other) = (run("one", "dense"), run("two", "random-joint"));
    let said = folder.run(&["compare", &dense, &other]);
    let said = succeeded(&said);
    assert!(
        said.contains(" less dense-s1-") && said.contains("dev accuracy: "),
        "{said}"
    );
    assert!(said.contains("heads that both keep: 50 %"), "{said}");
    let said = folder.run(&["compare", "--format", "json", &dense, &other]);
    let said: serde_json::Value = serde_json::from_str(&succeeded(&said)).unwrap();
    assert_eq!(
        (&said["rows"][0]["unit"], &said["mask_overlap"]),
        (&"item".into(), &0.5.into())
    );
    folder.refused(
        &["compare", &dense, "data"],
        "data is no run that is done",
        "two runs",
    );
}
