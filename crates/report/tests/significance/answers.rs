//! Tests of single answers: McNemar's, groups of a premise, sentences, and seeds and items together.

use records::{
    ClassPrediction, GroupRow, Prediction, PredictionsWriter, TranslationPrediction, write_groups,
    write_results,
};

use super::*;

const ITEMS: usize = 200;

/// Stores answers of which `is_right` says whether they are.
fn classes(folder: &Path, run: &ResultRow, is_right: impl Fn(usize) -> bool) {
    let answers = (0..ITEMS).map(|example| ClassPrediction {
        variant: run.variant.as_str().into(),
        example,
        label: "neutral".into(),
        prediction: if is_right(example) {
            "neutral"
        } else {
            "entailment"
        }
        .into(),
    });
    store(folder, run, answers.collect());
}

fn store<P: Prediction>(folder: &Path, run: &ResultRow, answers: Vec<P>) {
    let runs = folder.join("runs").join(&run.run_id);
    fs::create_dir_all(&runs).unwrap();
    let mut writer = PredictionsWriter::new::<P>(&runs, &run.split).unwrap();
    writer.write(answers).unwrap();
    writer.finish().unwrap();
}

/// Two seeds of dense and of a method that loses the items of which `lost` says so, both right on four fifths otherwise.
fn sweep(folder: &Path, lost: impl Fn(usize, u64) -> bool) -> Vec<ResultRow> {
    let mut rows = Vec::new();
    for seed in [1, 2] {
        let right = |example: usize| !(example + seed as usize).is_multiple_of(5);
        let share = |is_right: &dyn Fn(usize) -> bool| {
            (0..ITEMS).filter(|&example| is_right(example)).count() as f64 / ITEMS as f64
        };
        let kept = |example: usize| right(example) && !lost(example, seed);
        let dense = row("dense", "", 12, seed, "matched", share(&right));
        let pruned = row("dsp-joint", "", 3, seed, "matched", share(&kept));
        classes(folder, &dense, right);
        classes(folder, &pruned, kept);
        rows.extend([dense, pruned]);
    }
    rows
}

fn of_unit<'a>(rows: &'a [Comparison], unit: &str) -> Vec<&'a Comparison> {
    rows.iter().filter(|row| row.unit == unit).collect()
}

fn in_folder(folder: &Path, rows: &[ResultRow], groups: &[GroupRow]) -> Vec<Comparison> {
    comparisons(rows, groups, folder, &Caption::default()).0
}

#[test]
fn a_pair_of_runs_is_compared_by_its_answers() {
    let folder = tempfile::tempdir().unwrap();
    let rows = sweep(folder.path(), |example, _| example.is_multiple_of(7));
    let compared = in_folder(folder.path(), &rows, &[]);
    let [item] = of_unit(&compared, "item")[..] else {
        panic!("{compared:?}")
    };
    assert_eq!(
        (item.n, item.seed, item.test, item.verdict),
        (ITEMS, Some(1), "McNemar, mid-p", None)
    );
    // Every 7th item, of which 4 of 5 were right: only dense is right on 24 of 200.
    let lost = (0..ITEMS).filter(|i| i % 7 == 0 && (i + 1) % 5 != 0).count() as f64;
    assert!((item.estimate + 100.0 * lost / 200.0).abs() < 1e-9, "{item:?}");
    // Nothing but losses: 2 times half to the power of their number, less half of the last term.
    assert!((item.p.unwrap() - 0.5_f64.powf(lost)).abs() < 1e-12);
    assert!(item.ci_low.unwrap() < item.estimate && item.estimate < item.ci_high.unwrap());
    let [both] = of_unit(&compared, "seed and item")[..] else {
        panic!("{compared:?}")
    };
    let seeds = of_unit(&compared, "seed")[0];
    assert!((both.estimate - seeds.estimate).abs() < 1e-9 && both.note == "2 seeds, 200 items");
    // Two sources of chance are more than one.
    assert!(both.ci_high.unwrap() - both.ci_low.unwrap() > seeds.ci_high.unwrap() - seeds.ci_low.unwrap());
}

#[test]
fn items_of_a_premise_are_drawn_together() {
    let folder = tempfile::tempdir().unwrap();
    // Whole groups of ten are lost.
    let rows = sweep(folder.path(), |example, _| (example / 10).is_multiple_of(7));
    let group = |example| GroupRow {
        split: "matched".into(),
        example,
        group: example / 10,
    };
    let groups: Vec<GroupRow> = (0..ITEMS).map(group).collect();
    let alone = in_folder(folder.path(), &rows, &[]);
    let grouped = in_folder(folder.path(), &rows, &groups);
    let (alone, grouped) = (of_unit(&alone, "item")[0], of_unit(&grouped, "item")[0]);
    assert_eq!((grouped.n, grouped.test), (20, "paired randomisation of groups"));
    assert_eq!(alone.estimate, grouped.estimate);
    // Three groups of twenty are little evidence, thirty items of two hundred seem much.
    assert!(alone.p.unwrap() < 0.001 && grouped.p.unwrap() > 0.1);
    write_groups(&folder.path().join("groups.csv"), &groups).unwrap();
    write_results(&folder.path().join("results.csv"), &rows).unwrap();
    write_report(folder.path()).unwrap();
    let text = fs::read_to_string(folder.path().join("significance.csv")).unwrap();
    assert!(text.contains("2 seeds, 200 items in 20 groups"), "{text}");
}

#[test]
fn sentences_are_exchanged_in_pairs() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = Vec::new();
    for (method, k, every) in [("dense", 12, 50), ("dsp-joint", 3, 4)] {
        let of_method = ResultRow {
            metric: "bleu".into(),
            ..row(method, "", k, 1, "test", 90.0)
        };
        let sentence = |example: usize| TranslationPrediction {
            variant: "".into(),
            example,
            source: "a b c".into(),
            reference: format!("there are {example} of them in all").into(),
            translation: match example % every {
                0 => "nothing".into(),
                _ => format!("there are {example} of them in all").into(),
            },
        };
        store(folder.path(), &of_method, (0..100).map(sentence).collect());
        rows.push(of_method);
    }
    let compared = in_folder(folder.path(), &rows, &[]);
    let [item] = of_unit(&compared, "item")[..] else {
        panic!("{compared:?}")
    };
    assert_eq!((item.n, item.test), (100, "paired randomisation"));
    assert!(item.estimate < -5.0 && item.p.unwrap() < 0.01, "{item:?}");
    assert!(of_unit(&compared, "seed and item").is_empty());
}

#[test]
fn damaged_answers_are_named_and_missing_ones_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let rows = sweep(folder.path(), |_, _| false);
    let path = folder
        .path()
        .join("runs")
        .join(&rows[0].run_id)
        .join("predictions.matched.csv");
    fs::write(&path, "variant,example,label,prediction\n,x,a,b\n").unwrap();
    let (compared, said) = comparisons(&rows, &[], folder.path(), &Caption::default());
    assert!(
        said.len() == 1 && said[0].contains("predictions.matched.csv:2"),
        "{said:?}"
    );
    assert_eq!(of_unit(&compared, "item")[0].seed, Some(2));
    write_results(&folder.path().join("results.csv"), &rows).unwrap();
    assert_eq!(write_report(folder.path()).unwrap().warnings, said);
    fs::remove_file(&path).unwrap();
    let compared = in_folder(folder.path(), &rows, &[]);
    // The second seed has its answers.
    assert_eq!(of_unit(&compared, "item")[0].seed, Some(2));
    assert!(of_unit(&compared, "seed and item").is_empty());
}
