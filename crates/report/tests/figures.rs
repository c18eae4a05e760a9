//! Figures render from whatever part of a sweep is done, the same bytes each time.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod common;

use std::fs;
use std::path::Path;

use common::row;
use records::{ResultRow, write_results};
use report::write_report;

const CORPUS: &str = "embedded demo-nli, not MNLI";
const BLUE: [u8; 3] = [0, 114, 178];
const GREY: [u8; 3] = [120, 120, 120];

/// Reports on `rows` in `folder`; the names of the files written.
fn report_on(rows: &[ResultRow], folder: &Path) -> Vec<String> {
    fs::write(folder.join("report.toml"), format!("corpus = \"{CORPUS}\"\n")).unwrap();
    write_results(&folder.join("results.csv"), rows).unwrap();
    let written = write_report(folder).unwrap().files;
    written
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect()
}

/// The SVG and the colours of the PNG's pixels.
fn figure_of(rows: &[ResultRow]) -> (String, Vec<[u8; 3]>) {
    let folder = tempfile::tempdir().unwrap();
    let written = report_on(rows, folder.path());
    assert_eq!(
        written,
        ["curves.csv", "accuracy_vs_heads.png", "accuracy_vs_heads.svg"]
    );
    let svg = fs::read_to_string(folder.path().join("accuracy_vs_heads.svg")).unwrap();
    let png = std::io::BufReader::new(fs::File::open(folder.path().join("accuracy_vs_heads.png")).unwrap());
    let mut reader = png::Decoder::new(png).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert!(svg.starts_with(&format!(
        "<svg width=\"{}\" height=\"{}\"",
        info.width, info.height
    )));
    (svg, bytes.as_chunks().0.to_vec())
}

fn count(pixels: &[[u8; 3]], colour: [u8; 3]) -> usize {
    pixels.iter().filter(|pixel| **pixel == colour).count()
}

#[test]
fn a_finished_sweep() {
    let (svg, pixels) = figure_of(&common::demo());
    for text in [
        "Accuracy against attention heads kept — mnli, demo scale, corpus: embedded demo-nli, not MNLI",
        "Mean over 3 seeds; shaded bands and bars: 95 % Student t-intervals over seeds",
        "\nmatched\n",
        "\nmismatched\n",
        "\ndense\n",
        "\ndsp-joint\n",
        "\nrandom (mean of draws)\n",
        "attention heads kept (of 12)",
        "\nAccuracy (%)\n",
    ] {
        assert!(svg.contains(text), "{text}");
    }
    // Five points in each of two panels and one in the legend.
    assert_eq!(svg.matches("<circle").count(), 11);
    // Two bands in each panel, and dense's.
    assert_eq!(svg.matches("<polygon").count(), 6);
    assert!(count(&pixels, BLUE) > 1000 && count(&pixels, GREY) > 1000);
    // The headings are written above the plots, in the ink of text.
    let above: Vec<_> = pixels.iter().take(1872 * 70).copied().collect();
    assert!(count(&above, [30, 30, 30]) > 1000);
}

#[test]
fn the_papers_grid_with_every_method() {
    let (svg, pixels) = figure_of(&common::paper());
    assert!(svg.contains("attention heads kept (of 144, log scale)"));
    assert_eq!(svg.matches("michel (").count(), 3);
    assert!(count(&pixels, BLUE) > 1000);
}

#[test]
fn every_method_over_twelve_heads() {
    let (svg, pixels) = figure_of(&common::demo_of_all());
    let names = [
        "dense",
        "dsp-joint",
        "dsp-pipelined",
        "ste-joint",
        "ste-pipelined",
        "voita",
        "voita-pipelined",
        "michel (batch-abs)",
        "michel (example-abs)",
        "michel (signed)",
        "fisher",
        "random (mean of draws)",
    ];
    let places: Vec<usize> = names
        .iter()
        .map(|name| {
            let text = format!("\n{name}\n");
            assert_eq!(svg.matches(&text).count(), 1, "{name}");
            svg.find(&text).unwrap()
        })
        .collect();
    assert!(places.is_sorted());
    assert!(!svg.contains("lambda") && !svg.contains("soft"));
    let title: String = svg
        .split("font-size=\"32\"")
        .skip(1)
        .filter_map(|text| Some(text.split_once(">\n")?.1.split_once("\n<")?.0.to_owned() + " "))
        .collect();
    assert_eq!(
        title.trim(),
        "Accuracy against attention heads kept — mnli, demo scale, corpus: embedded demo-nli, not MNLI"
    );
    // Each point of each panel and the legend's, outlines and their white hearts: five for each method, and five and
    // four factors.
    let filled = |shape: &str, colour: &str| {
        svg.lines()
            .filter(|line| line.starts_with(shape) && line.contains(&format!("fill=\"{colour}\"")))
            .count()
    };
    assert_eq!(filled("<circle", "#0072B2"), 11);
    assert_eq!(filled("<circle", "#56B4E9"), 11);
    assert_eq!(filled("<polygon", "#009E73"), 22);
    assert_eq!(filled("<polygon", "#E69F00"), 11 + 9);
    assert_eq!(filled("<polygon", "#D55E00"), 33);
    assert_eq!(filled("<polygon", "#CC79A7"), 11);
    // No bands but dense's, in panels below one another.
    assert_eq!(filled("<polygon", "#000000"), 2);
    let (width, height) = size_of(&svg);
    assert!(height > width);
    assert!(count(&pixels, BLUE) > 1000 && count(&pixels, GREY) > 1000);
}

/// Where the filled circles of a colour stand from left to right, but for the lowest, which is the legend's.
fn circles(svg: &str, colour: &str) -> Vec<f64> {
    let attribute = |line: &str, name: &str| {
        let (_, rest) = line.split_once(&format!(" {name}=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let mut found: Vec<(f64, f64)> = svg
        .lines()
        .filter(|line| line.starts_with("<circle") && attribute(line, "fill") == colour)
        .map(|line| {
            (
                attribute(line, "cx").parse().unwrap(),
                attribute(line, "cy").parse().unwrap(),
            )
        })
        .collect();
    found.sort_by(|a, b| a.1.total_cmp(&b.1));
    found.pop();
    let mut found: Vec<f64> = found.into_iter().map(|(x, _)| x).collect();
    found.sort_by(f64::total_cmp);
    found
}

fn size_of(svg: &str) -> (f64, f64) {
    let numbers: Vec<f64> = svg
        .split('"')
        .filter_map(|part| part.parse().ok())
        .take(2)
        .collect();
    (numbers[0], numbers[1])
}

#[test]
fn only_many_curves_stand_side_by_side() {
    let methods = [
        "dsp-joint",
        "dsp-pipelined",
        "ste-joint",
        "ste-pipelined",
        "random",
    ];
    let rows = |count: usize| -> Vec<_> {
        let each = |method: &&str| row(method, "", 3, 1, "matched", 0.8);
        methods.iter().take(count).map(each).collect()
    };
    let offset = |svg: &str| circles(svg, "#56B4E9")[0] - circles(svg, "#0072B2")[0];
    let (few, _) = figure_of(&rows(4));
    let (many, _) = figure_of(&rows(5));
    assert_eq!(offset(&few), 0.0);
    assert!(offset(&many) > 2.0);
    assert!(many.contains("set slightly apart") && !few.contains("apart"));
}

#[test]
fn heads_that_differ_between_seeds_get_a_horizontal_bar() {
    let strokes = |kept: [u32; 3]| {
        let rows: Vec<_> = (1..=3)
            .zip(kept)
            .map(|(seed, k)| row("voita", "lambda=0.1", k, seed, "matched", 0.8))
            .collect();
        let (svg, _) = figure_of(&rows);
        let drawn = svg.matches("stroke=\"#E69F00\"").count();
        (drawn, svg.contains("horizontal bars: fewest to most heads kept"))
    };
    let ((same, without), (differing, with)) = (strokes([6, 6, 6]), strokes([5, 6, 6]));
    // The bar and its two ends.
    assert_eq!(differing, same + 3);
    assert!(with && !without);
}

#[test]
fn a_factor_is_drawn_at_the_mean_of_its_heads() {
    let sweep = |method: &str, kept: [u32; 3]| -> Vec<_> {
        (1..=3)
            .zip(kept)
            .map(|(seed, k)| row(method, "lambda=0.1", k, seed, "matched", 0.8))
            .collect()
    };
    let at = |kept| circles(&figure_of(&sweep("dsp-joint", kept)).0, "#0072B2")[0];
    let (five, between, six) = (at([5, 5, 5]), at([5, 6, 6]), at([6, 6, 6]));
    assert!((between - five - (six - five) * 2.0 / 3.0).abs() <= 1.0);
    assert!(six - five > 30.0);
}

#[test]
fn solid_and_dashed_are_told_apart_where_both_are() {
    let rows: Vec<_> = [1, 12]
        .into_iter()
        .flat_map(|k| ["dsp-joint", "dsp-pipelined"].map(|method| row(method, "", k, 1, "matched", 0.8)))
        .collect();
    let lines = |svg: &str, colour: &str| svg.matches(&format!("stroke=\"{colour}\"")).count();
    let (svg, _) = figure_of(&rows);
    assert!(svg.contains("Solid: heads chosen while the weights are trained; dashed:"));
    // One line in the plot and one in the legend; many pieces.
    assert_eq!(lines(&svg, "#0072B2"), 2);
    assert!(lines(&svg, "#56B4E9") > 20);
    let (svg, _) = figure_of(&[rows[0].clone(), rows[2].clone()]);
    assert!(!svg.contains("Solid"));
}

#[test]
fn an_interval_beyond_the_axis_has_no_end_there() {
    let strokes = |values: [f64; 3]| {
        let rows: Vec<_> = (1..=3)
            .zip(values)
            .map(|(seed, value)| row("dsp-joint", "", 3, seed, "matched", value))
            .collect();
        figure_of(&rows).0.matches("stroke=\"#0072B2\"").count()
    };
    assert_eq!(strokes([0.899, 0.9, 0.901]), 4);
    assert_eq!(strokes([0.998, 1.0, 1.0]), 3);
}

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
    let names = report_on(&rows, first.path());
    rows.reverse();
    rows.rotate_left(17);
    report_on(&rows, second.path());
    for name in names.iter().map(String::as_str).chain(["results.csv"]) {
        assert!(
            fs::read(first.path().join(name)).unwrap() == fs::read(second.path().join(name)).unwrap(),
            "{name}"
        );
    }
    // And nothing else is left behind: report.toml, results.csv and the report.
    assert_eq!(fs::read_dir(first.path()).unwrap().count(), 2 + names.len());
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
