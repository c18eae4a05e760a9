//! Figures of parts of a sweep, of other metrics and of odd names.

use std::collections::BTreeSet;

use super::*;

#[test]
fn other_metrics_have_no_figure() {
    let soft = ResultRow {
        metric: "accuracy_soft_gates".into(),
        ..row("voita", "lambda=0.1", 3, 1, "matched", 0.5)
    };
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(report_on(&[soft], folder.path()), ["curves.csv"]);
    let text = fs::read_to_string(folder.path().join("curves.csv")).unwrap();
    assert!(text.contains("\nvoita,3,1,0.5,,,,accuracy_soft_gates,matched,"));
}

#[test]
fn only_dense_is_done() {
    let rows: Vec<_> = common::demo()
        .into_iter()
        .filter(|row| row.method == "dense")
        .collect();
    let (svg, pixels) = figure_of(&rows);
    assert!(svg.contains("\ndense\n") && !svg.contains("dsp-joint"));
    assert_eq!((svg.matches("<circle").count(), count(&pixels, BLUE)), (0, 0));
}

#[test]
fn no_dense_yet() {
    let rows: Vec<_> = common::demo()
        .into_iter()
        .filter(|row| row.method != "dense")
        .collect();
    let (svg, pixels) = figure_of(&rows);
    assert!(!svg.contains("\ndense\n"));
    assert!(count(&pixels, BLUE) > 1000);
}

#[test]
fn one_seed_has_no_interval() {
    let rows: Vec<_> = common::demo().into_iter().filter(|row| row.seed == 1).collect();
    let (svg, _) = figure_of(&rows);
    assert!(svg.contains("1 seed, so no interval"));
    // Bands are the only polygons among circles, crosses and lines.
    assert!(!svg.contains("<polygon"));
}

#[test]
fn one_point_of_one_method_gets_a_bar() {
    let rows: Vec<_> = (1..=3)
        .map(|seed| row("dsp-joint", "", 3, seed, "matched", 0.8 + 0.001 * seed as f64))
        .collect();
    let (svg, pixels) = figure_of(&rows);
    assert!(!svg.contains("<polygon") && !svg.contains("mismatched"));
    // The point and its legend entry; the bar, its two ends and the legend's line.
    assert_eq!(svg.matches("<circle").count(), 2);
    assert_eq!(svg.matches("stroke=\"#0072B2\"").count(), 4);
    assert!(count(&pixels, BLUE) > 300);
}

#[test]
fn a_band_stops_where_a_point_has_one_seed() {
    let mut rows = Vec::new();
    for (k, seeds) in [(1, 3), (2, 3), (3, 1), (6, 3), (9, 3)] {
        rows.extend((1..=seeds).map(|seed| {
            row(
                "voita",
                "",
                k,
                seed,
                "matched",
                0.7 + 0.01 * (seed + u64::from(k)) as f64,
            )
        }));
    }
    let (svg, _) = figure_of(&rows);
    assert!(svg.contains("Mean over 1 to 3 seeds"));
    // Two bands, five diamonds and the legend's.
    assert_eq!(svg.matches("<polygon").count(), 8);
}

#[test]
fn nothing_is_done() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(report_on(&[], folder.path()), ["curves.csv"]);
    assert_eq!(
        fs::read_to_string(folder.path().join("curves.csv"))
            .unwrap()
            .lines()
            .count(),
        1
    );
}

#[test]
fn each_bleu_has_its_own_figure() {
    let rows: Vec<_> = [(4, 20.5), (36, 31.25), (72, 34.66)]
        .into_iter()
        .flat_map(|(k, bleu)| {
            [("bleu", bleu), ("sacrebleu", bleu - 1.0)].map(|(metric, value)| ResultRow {
                metric: metric.into(),
                signature: format!("of {metric}"),
                n_heads: 72,
                ..row("dsp-joint", "", k, 1, "test", value)
            })
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        report_on(&rows, folder.path()),
        [
            "curves.csv",
            "bleu_vs_heads.png",
            "bleu_vs_heads.svg",
            "sacrebleu_vs_heads.png",
            "sacrebleu_vs_heads.svg"
        ]
    );
    for (stem, name) in [("bleu", "BLEU"), ("sacrebleu", "sacreBLEU (13a)")] {
        let svg = fs::read_to_string(folder.path().join(format!("{stem}_vs_heads.svg"))).unwrap();
        assert!(
            svg.contains(&format!("\n{name} against attention heads kept"))
                && svg.contains("(of 72, log scale)")
        );
        assert!(svg.contains(&format!("\n{name}\n")));
    }
}

#[test]
fn an_overlong_title_is_wrapped() {
    let folder = tempfile::tempdir().unwrap();
    write_results(&folder.path().join("results.csv"), &common::demo()).unwrap();
    let corpus = "a corpus whose name goes on ".repeat(8);
    fs::write(
        folder.path().join("report.toml"),
        format!("corpus = \"{corpus}\"\n"),
    )
    .unwrap();
    write_report(folder.path()).unwrap();
    let svg = fs::read_to_string(folder.path().join("accuracy_vs_heads.svg")).unwrap();
    assert!(svg.matches("font-size=\"32\"").count() >= 2);
}

#[test]
fn the_same_rows_in_any_order_give_the_same_bytes() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut rows = common::demo();
    report_on(&rows, first.path());
    rows.reverse();
    rows.rotate_left(17);
    report_on(&rows, second.path());
    let written = write_report(second.path()).unwrap().files;
    let names = |folder: &Path| -> BTreeSet<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    assert_eq!(names(first.path()), names(second.path()));
    for name in names(first.path()) {
        assert!(
            fs::read(first.path().join(&name)).unwrap() == fs::read(second.path().join(&name)).unwrap(),
            "{name}"
        );
    }
    // And nothing else is left behind: report.toml, results.csv and the report.
    assert_eq!(names(first.path()).len(), 2 + written.len());
}

#[test]
fn characters_that_the_font_lacks_are_warned_of_and_stay_in_the_svg() {
    let folder = tempfile::tempdir().unwrap();
    let with = |method: &str, split: &str, corpus: &str| {
        let mut rows = common::demo();
        for row in &mut rows {
            if row.method == "dsp-joint" {
                row.method = method.to_owned();
            }
            if row.split == "matched" {
                row.split = split.to_owned();
            }
        }
        write_results(&folder.path().join("results.csv"), &rows).unwrap();
        let caption = format!("title = \"größe & Москва\"\ncorpus = \"{corpus}\"\n");
        fs::write(folder.path().join("report.toml"), caption).unwrap();
        let warnings = write_report(folder.path()).unwrap().warnings;
        let svg = fs::read_to_string(folder.path().join("accuracy_vs_heads.svg")).unwrap();
        (warnings, svg)
    };
    assert!(with("dsp-joint", "matched", "own").0.is_empty());
    for (method, split, corpus, word, code) in [
        ("方法", "matched", "own", "`方法`", "方 (U+65B9)"),
        ("dsp-joint", "验证", "own", "`验证`", "证 (U+8BC1)"),
        ("dsp-joint", "matched", "own 🙂", "`🙂`", "🙂 (U+1F642)"),
        ("dsp-joint", "matched", "तुलना", "`तुलना`", "U+0924"),
    ] {
        let (warnings, svg) = with(method, split, corpus);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        for part in [word, code, "a box stands for each in the PNG files"] {
            assert!(warnings[0].contains(part), "{part} is not in {warnings:?}");
        }
        assert!(svg.contains(word.trim_matches('`')), "{word}");
    }
}

/// Lines of dsp-joint in the panel and the legend of the figure of a folder, pieces of them in the page, and whether both say why.
fn lines_of_joint(folder: &Path, rows: &[ResultRow]) -> (usize, usize, bool) {
    report_on(rows, folder);
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let (svg, page) = (read("accuracy_vs_heads.svg"), read("report.html"));
    let main = page.split("</figure>").next().unwrap();
    let is_line = |line: &&str| line.starts_with("<polyline") && line.contains("stroke=\"#0072B2\"");
    let in_page = main.split("<polyline points=\"").skip(1);
    let of_joint = in_page.filter(|line| line.split('>').next().unwrap().contains("#0072b2"));
    let marks = of_joint.map(|line| line.split('"').next().unwrap().split(' ').count());
    let note = "lines break where the runs of a number of heads are missing";
    let is_said = page.contains(note);
    assert_eq!(svg.replace('\n', " ").contains("lines break"), is_said);
    (
        svg.lines().filter(is_line).count(),
        marks.filter(|count| *count > 1).count(),
        is_said,
    )
}

#[test]
fn a_line_breaks_where_a_planned_number_of_heads_has_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let id = |method: &str, k: u32| format!("{method}-k{k:02}-s1-0a0a0a0a");
    let of = |method: &str, k: u32| ResultRow {
        run_id: id(method, k),
        ..row(method, "", k, 1, "matched", 0.5 + f64::from(k) / 100.0)
    };
    let whole: Vec<ResultRow> = [1, 3, 6, 9].map(|k| of("dsp-joint", k)).into_iter().collect();
    let mut rows: Vec<ResultRow> = whole.iter().filter(|row| row.k_target != 3).cloned().collect();
    rows.push(of("random", 3));
    let plan = |ks: &[u32]| {
        let runs: Vec<String> = ks
            .iter()
            .map(|&k| format!("{{\"id\": \"{}\", \"key\": \"\"}}", id("dsp-joint", k)))
            .collect();
        let text = format!("{{\"runs\": [{}]}}", runs.join(","));
        fs::write(folder.path().join("plan.json"), text).unwrap();
    };
    let experiment = |text: &str| fs::write(folder.path().join("experiment.toml"), text).unwrap();
    // Nothing says what was to be run: another method's number is no plan of this one.
    assert_eq!(lines_of_joint(folder.path(), &rows), (2, 1, false));
    experiment("[sweep]\nheads = [1, 3, 6, 9]\n");
    // From 6 to 9 and the legend's; the first point stands alone.
    assert_eq!(lines_of_joint(folder.path(), &rows), (2, 1, true));
    let marks_of = |svg: &str| circles(svg, "#0072B2").len();
    let svg = fs::read_to_string(folder.path().join("accuracy_vs_heads.svg")).unwrap();
    assert_eq!(marks_of(&svg), 3);
    rows.push(of("dsp-joint", 2));
    assert_eq!(lines_of_joint(folder.path(), &rows), (3, 2, true));
    experiment("[sweep]\nheads = [1, 3, 6, 9]\n[sweep.heads_of]\ndsp-joint = [1, 2, 6, 9]\n");
    assert_eq!(lines_of_joint(folder.path(), &rows), (2, 1, false));
    // The plan goes before the experiment.
    plan(&[1, 2, 6, 9, 10]);
    experiment("[sweep]\nheads = [1, 3, 6, 9]\n");
    assert_eq!(lines_of_joint(folder.path(), &rows), (2, 1, false));
    plan(&[1, 2, 3, 6, 9]);
    assert_eq!(lines_of_joint(folder.path(), &rows), (3, 2, true));
    plan(&[1, 3, 6, 9]);
    assert_eq!(lines_of_joint(folder.path(), &whole), (2, 1, false));
}

#[test]
fn what_a_penalty_leaves_has_no_gaps() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("experiment.toml"),
        "[sweep]\nheads = [1, 3, 6]\n",
    )
    .unwrap();
    let mut rows: Vec<ResultRow> = [(0.1, 2), (0.01, 7)]
        .map(|(lambda, k)| row("dsp-joint", &format!("lambda={lambda}"), k, 1, "matched", 0.8))
        .to_vec();
    assert_eq!(lines_of_joint(folder.path(), &rows), (2, 1, false));
    for k in [1, 6] {
        rows.push(row("voita", "forced lambda=0.1", k, 1, "matched", 0.7));
    }
    // A forced number was asked for.
    assert!(lines_of_joint(folder.path(), &rows).2);
}
