//! Figures render from whatever part of a sweep is done, the same bytes each time.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod common;

use std::fs;
use std::path::Path;

use common::row;
use report::{ResultRow, write_report, write_results};

const CORPUS: &str = "embedded demo-nli, not MNLI";
const BLUE: [u8; 3] = [0, 114, 178];
const GREY: [u8; 3] = [120, 120, 120];

/// Reports on `rows` in `folder`; the names of the files written.
fn report_on(rows: &[ResultRow], folder: &Path) -> Vec<String> {
    fs::write(folder.join("report.toml"), format!("corpus = \"{CORPUS}\"\n")).unwrap();
    write_results(&folder.join("results.csv"), rows).unwrap();
    let written = write_report(folder).unwrap();
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
        .map(|seed| row("dsp-joint", "", 3, seed, "matched", 0.8 + 0.01 * seed as f64))
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
fn bleu_has_its_own_figure() {
    let rows: Vec<_> = [(4, 20.5), (36, 31.25), (72, 34.66)]
        .into_iter()
        .map(|(k, bleu)| ResultRow {
            metric: "bleu".into(),
            n_heads: 72,
            ..row("dsp-joint", "", k, 1, "test", bleu)
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        report_on(&rows, folder.path()),
        ["curves.csv", "bleu_vs_heads.png", "bleu_vs_heads.svg"]
    );
    let svg = fs::read_to_string(folder.path().join("bleu_vs_heads.svg")).unwrap();
    assert!(svg.contains("BLEU against attention heads kept") && svg.contains("(of 72, log scale)"));
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
