//! What a report says of an oracle, by numbers that can be computed by hand.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::oracle::{Folder, demo, scores, subsets};
use common::row;
use heads::HeadGrid;
use records::{ResultRow, SeededSubset, TUNING};
use report::{Oracle, write_report};

const FILES: [&str; 7] = [
    "shapley.csv",
    "shapley_interactions.csv",
    "oracle_best.csv",
    "oracle_methods.csv",
    "rank_correlations.csv",
    "oracle.png",
    "oracle.svg",
];

/// Two layers of two heads. In seed 1 the heads take 1, 2, 4 and 8 from a loss of 20. In seed 2 the first two take 4
/// together and nothing alone, the third takes 1. Accuracy on matched is a tenth for each head, and a hundredth more for
/// the last.
fn four_heads() -> Folder {
    let mut folder = Folder::default();
    let grid = HeadGrid::encoder(2, 2).unwrap();
    for seed in [1, 2] {
        let loss = |subset: usize| match seed {
            1 => 20.0 - subset as f64,
            _ => 10.0 - 4.0 * f64::from(u8::from(subset & 3 == 3)) - (subset >> 2 & 1) as f64,
        };
        let accuracy = |subset: usize| f64::from(subset.count_ones()) / 10.0 + (subset >> 3) as f64 / 100.0;
        folder.subsets.extend(subsets(seed, 4, (TUNING, "loss"), loss));
        folder
            .subsets
            .extend(subsets(seed, 4, ("matched", "accuracy"), accuracy));
    }
    folder.choose(&grid, ("fisher", ""), 1, "0011", 0);
    folder.choose(&grid, ("fisher", ""), 2, "0011", 0);
    folder.choose(&grid, ("michel", "signed"), 1, "1100", 0);
    folder.choose(&grid, ("dsp-joint", ""), 1, "1010", 2000);
    // Of this seed there is no oracle.
    folder.choose(&grid, ("fisher", ""), 3, "0011", 0);
    folder.results.push(ResultRow {
        n_heads: 4,
        ..row("dense", "", 4, 1, "matched", 0.9)
    });
    folder.scores = [
        scores("fisher", "", None, 1, &[0.1, 0.2, 0.3, 0.4]),
        scores("fisher", "", None, 2, &[0.4, 0.3, 0.2, 0.1]),
        scores("fisher", "", None, 3, &[0.4, 0.3, 0.2, 0.1]),
    ]
    .concat();
    folder
}

/// Names of the files of the report that are of the oracle.
fn report_on(folder: &Folder, path: &Path) -> Vec<String> {
    folder.write(path);
    names(path)
}

fn names(path: &Path) -> Vec<String> {
    let written = write_report(path).unwrap().files;
    let names = written
        .iter()
        .map(|file| file.file_name().unwrap().to_str().unwrap());
    names
        .filter(|name| {
            ["shapley", "oracle", "rank"]
                .iter()
                .any(|stem| name.starts_with(stem))
        })
        .map(str::to_owned)
        .collect()
}

/// The lines below the header, which must be `header`.
fn lines(folder: &Path, name: &str, header: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(folder.join(name)).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(header), "{name}");
    lines
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}

/// Fields joined but for the last `numbers`, which must be near those of `expected`.
fn assert_lines(found: &[Vec<String>], numbers: usize, expected: &[(&str, &[f64])]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (line, (names, values)) in found.iter().zip(expected) {
        let (start, end) = line.split_at(line.len() - numbers);
        assert_eq!(start.join(","), *names);
        for (field, value) in end.iter().zip(*values) {
            let number: f64 = field.parse().unwrap();
            assert!((number - value).abs() < 1e-12, "{line:?}: {number} and {value}");
        }
    }
}

#[test]
fn heads_have_their_shapley_values_and_pairs_their_interactions() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(report_on(&four_heads(), folder.path()), FILES);
    let found = lines(
        folder.path(),
        "shapley.csv",
        "seed,split,metric,head,shapley,leave_one_out",
    );
    assert_lines(
        &found,
        2,
        &[
            ("1,tuning,loss,0", &[1.0, 1.0]),
            ("1,tuning,loss,1", &[2.0, 2.0]),
            ("1,tuning,loss,2", &[4.0, 4.0]),
            ("1,tuning,loss,3", &[8.0, 8.0]),
            ("1,matched,accuracy,0", &[0.1, 0.1]),
            ("1,matched,accuracy,1", &[0.1, 0.1]),
            ("1,matched,accuracy,2", &[0.1, 0.1]),
            ("1,matched,accuracy,3", &[0.11, 0.11]),
            // The first two share what they take together, and each is worth all of it to the others.
            ("2,tuning,loss,0", &[2.0, 4.0]),
            ("2,tuning,loss,1", &[2.0, 4.0]),
            ("2,tuning,loss,2", &[1.0, 1.0]),
            ("2,tuning,loss,3", &[0.0, 0.0]),
            ("2,matched,accuracy,0", &[0.1, 0.1]),
            ("2,matched,accuracy,1", &[0.1, 0.1]),
            ("2,matched,accuracy,2", &[0.1, 0.1]),
            ("2,matched,accuracy,3", &[0.11, 0.11]),
        ],
    );
    let found = lines(
        folder.path(),
        "shapley_interactions.csv",
        "seed,head_a,head_b,interaction",
    );
    let pairs = ["0,1", "0,2", "0,3", "1,2", "1,3", "2,3"];
    assert_eq!(found.len(), 2 * pairs.len());
    for (line, (seed, pair)) in found
        .iter()
        .zip([1, 2].into_iter().flat_map(|seed| pairs.map(|pair| (seed, pair))))
    {
        assert_eq!(line[..3].join(","), format!("{seed},{pair}"));
        let expected = if (seed, pair) == (2, "0,1") { 4.0 } else { 0.0 };
        let found: f64 = line[3].parse().unwrap();
        assert!((found - expected).abs() < 1e-12, "{line:?}");
    }
}

#[test]
fn the_best_subset_of_each_size_is_told_and_whether_it_holds_the_smaller_one() {
    let folder = tempfile::tempdir().unwrap();
    report_on(&four_heads(), folder.path());
    let found = lines(
        folder.path(),
        "oracle_best.csv",
        "seed,k,mask,tuning_loss,split,metric,value,nested",
    );
    let found: Vec<String> = found.iter().map(|line| line.join(",")).collect();
    assert_eq!(
        found,
        [
            "1,1,0001,12.0,matched,accuracy,0.11,true",
            "1,2,0011,8.0,matched,accuracy,0.21000000000000002,true",
            "1,3,0111,6.0,matched,accuracy,0.31,true",
            "1,4,1111,5.0,matched,accuracy,0.41000000000000003,true",
            // The third alone, then the pair that is worth something together only.
            "2,1,0010,9.0,matched,accuracy,0.1,true",
            "2,2,1100,6.0,matched,accuracy,0.2,false",
            "2,3,1110,5.0,matched,accuracy,0.3,true",
            "2,4,1111,5.0,matched,accuracy,0.41000000000000003,true",
        ]
    );
}

#[test]
fn methods_that_train_no_weights_are_held_against_all_subsets_of_as_many_heads() {
    let folder = tempfile::tempdir().unwrap();
    report_on(&four_heads(), folder.path());
    let found = lines(
        folder.path(),
        "oracle_methods.csv",
        "method,variant,k,seed,split,metric,value,best,regret,percentile",
    );
    // Pairs of seed 2 lose 6 (the best), 9, 10, 9, 10 and 9; three of six pairs have the last head.
    assert_lines(
        &found,
        4,
        &[
            ("fisher,,2,1,tuning,loss", &[8.0, 8.0, 0.0, 5.5 / 6.0]),
            ("fisher,,2,1,matched,accuracy", &[0.21, 0.21, 0.0, 4.5 / 6.0]),
            ("fisher,,2,2,tuning,loss", &[9.0, 6.0, 3.0, 3.5 / 6.0]),
            ("fisher,,2,2,matched,accuracy", &[0.21, 0.2, -0.01, 4.5 / 6.0]),
            ("michel,signed,2,1,tuning,loss", &[17.0, 8.0, 9.0, 0.5 / 6.0]),
            (
                "michel,signed,2,1,matched,accuracy",
                &[0.2, 0.21, 0.01, 1.5 / 6.0],
            ),
        ],
    );
    let found = lines(
        folder.path(),
        "rank_correlations.csv",
        "method,variant,k,seed,with,kendall_tau",
    );
    // Of seed 2 the first two heads are worth the same: five of five pairs alike, six that the scores order.
    assert_lines(
        &found,
        1,
        &[
            ("fisher,,,1,shapley", &[1.0]),
            ("fisher,,,1,leave_one_out", &[1.0]),
            ("fisher,,,2,shapley", &[5.0 / 30.0_f64.sqrt()]),
            ("fisher,,,2,leave_one_out", &[5.0 / 30.0_f64.sqrt()]),
        ],
    );
}

#[test]
fn without_an_oracle_or_scores_nothing_is_said_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut four = four_heads();
    four.scores.clear();
    let mut without_ranks = FILES.to_vec();
    without_ranks.retain(|name| *name != "rank_correlations.csv");
    assert_eq!(report_on(&four, folder.path()), without_ranks);
    fs::remove_file(folder.path().join("oracle.csv")).unwrap();
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn a_part_of_an_oracle_is_refused_by_name() {
    let told = |change: fn(&mut Folder)| {
        let folder = tempfile::tempdir().unwrap();
        let mut four = four_heads();
        change(&mut four);
        four.write(folder.path());
        let error = write_report(folder.path()).unwrap_err().to_string();
        error[error.find("oracle.csv").unwrap()..].to_owned()
    };
    assert_eq!(
        told(|four| {
            four.subsets.pop();
        }),
        "oracle.csv: seed 2, accuracy on matched: 15 of 16 subsets; `1111` is the first that is missing"
    );
    assert_eq!(
        told(|four| four
            .subsets
            .retain(|line| (line.seed, line.split.as_str()) != (2, TUNING))),
        "oracle.csv: seed 2, loss on tuning: it is missing, other seeds have it"
    );
    assert_eq!(
        told(|four| four.subsets.extend_from_within(..1)),
        "oracle.csv: seed 1, loss on tuning: subset `0000` stands twice"
    );
    assert_eq!(
        told(|four| four.subsets.clear()),
        "oracle.csv: it has no line below its header"
    );
    assert_eq!(
        told(|four| four.subsets = subsets(1, 3, (TUNING, "loss"), |subset| subset as f64)),
        "oracle.csv: its masks have 3 heads, results.csv is of 4"
    );
    assert_eq!(
        told(|four| four.subsets[20].value = f64::NAN),
        "oracle.csv:10: value is NaN, not a finite number"
    );
}

#[test]
fn sums_regrets_and_percentiles_of_a_whole_demo_are_what_they_must_be() {
    let folder = tempfile::tempdir().unwrap();
    let demo = demo();
    demo.write(folder.path());
    let oracle = Oracle::read(&folder.path().join("oracle.csv")).unwrap();
    let value = |seed: u64, split: &str, metric: &str, mask: &str| {
        let of = |line: &&SeededSubset| {
            (line.seed, line.split.as_str(), line.metric.as_str()) == (seed, split, metric)
        };
        let mut found = demo.subsets.iter().filter(of).filter(|line| line.mask == mask);
        found.next().unwrap().value
    };
    let mut sums: BTreeMap<(u64, String, String), f64> = BTreeMap::new();
    for row in oracle.shapley_values().unwrap() {
        *sums.entry((row.seed, row.split, row.metric)).or_default() += row.shapley;
    }
    assert_eq!(sums.len(), 3 * 3 * 2);
    for ((seed, split, metric), sum) in sums {
        let of = |digit: &str| value(seed, &split, &metric, &digit.repeat(12));
        let all = (of("1") - of("0")) * if metric == "loss" { -1.0 } else { 1.0 };
        assert!(
            (sum - all).abs() < 1e-9,
            "{seed} {split} {metric}: {sum} and {all}"
        );
    }
    let chosen = oracle.chosen(&demo.heads, &demo.results).unwrap();
    assert_eq!(chosen.len(), 6 * 5 * 3 * 6);
    assert!(chosen.iter().all(|row| row.method != "dsp-joint"));
    for row in &chosen {
        assert!((0.0..=1.0).contains(&row.percentile), "{row:?}");
        if (row.split.as_str(), row.metric.as_str()) == (TUNING, "loss") {
            assert!(row.regret >= 0.0 && row.best <= row.value, "{row:?}");
        }
    }
    assert!(chosen.iter().any(|row| row.regret > 0.0) && chosen.iter().any(|row| row.regret < 0.0));
}

#[test]
fn the_figure_has_the_cloud_the_best_and_a_mark_for_each_choice() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(report_on(&demo(), folder.path()), FILES);
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let (svg, metric) = (text("oracle.svg"), text("accuracy_vs_heads.svg"));
    for words in [
        "Accuracy of every subset of attention heads — mnli, demo scale, corpus:",
        "The dense model of 3 seeds under all subsets of its heads",
        "\nmatched\n",
        "\nall subsets\n",
        "\n5 to 95 % of them\n",
        "\noracle: least tuning loss\n",
        "\nmichel (batch-abs)\n",
        "\nAccuracy (%)\n",
        "\nattention heads kept (of 12)\n",
    ] {
        assert!(svg.contains(words), "{words}");
    }
    assert!(!svg.contains("\ndsp-joint\n") && !svg.contains("\ndense\n"));
    // Five numbers of heads and the legend, two circles each: dsp-pipelined is hollow.
    assert_eq!(svg.matches("<circle").count(), 12);
    // Sky blue is of the same method in both figures.
    assert!(svg.contains("#56B4E9") && metric.contains("#56B4E9"));
}

#[test]
fn a_figure_without_accuracy_is_of_the_loss() {
    let folder = tempfile::tempdir().unwrap();
    let mut four = four_heads();
    four.subsets.retain(|line| line.metric == "loss");
    let test: Vec<SeededSubset> = four
        .subsets
        .iter()
        .map(|line| SeededSubset {
            split: "test".to_owned(),
            ..line.clone()
        })
        .collect();
    four.subsets.extend(test);
    assert_eq!(report_on(&four, folder.path()), FILES);
    let svg = fs::read_to_string(folder.path().join("oracle.svg")).unwrap();
    assert!(svg.contains("\nLoss of every subset of attention heads") && svg.contains("(lower is better)"));
    assert!(svg.contains("\nLoss\n") && svg.contains("\ntest\n"));
}

#[test]
fn the_same_lines_in_any_order_give_the_same_bytes() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut four = four_heads();
    report_on(&four, first.path());
    four.subsets.reverse();
    four.scores.reverse();
    four.heads.reverse();
    four.results.reverse();
    report_on(&four, second.path());
    for name in FILES.into_iter().chain(["oracle.csv", "scores.csv"]) {
        let bytes = |folder: &Path| fs::read(folder.join(name)).unwrap();
        assert!(bytes(first.path()) == bytes(second.path()), "{name}");
    }
}
