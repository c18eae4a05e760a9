//! Figures render from whatever part of a sweep is done, the same bytes each time.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

#[path = "../common/mod.rs"]
mod common;
mod partial;

use std::fs;
use std::path::Path;

use common::row;
use records::{ResultRow, write_results};
use report::write_report;

const CORPUS: &str = "embedded demo-nli, not MNLI";
const BLUE: [u8; 3] = [0, 114, 178];
const GREY: [u8; 3] = [120, 120, 120];

/// Reports on `rows` in `folder`; the names of the files of curves that were written.
fn report_on(rows: &[ResultRow], folder: &Path) -> Vec<String> {
    fs::write(folder.join("report.toml"), format!("corpus = \"{CORPUS}\"\n")).unwrap();
    write_results(&folder.join("results.csv"), rows).unwrap();
    let written = write_report(folder).unwrap().files;
    written
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .filter(|name| name == "curves.csv" || name.contains("_vs_heads"))
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
    // Points of single seeds are pale, and counted by their own test.
    let without_seeds: Vec<&str> = svg.lines().filter(|line| !is_of_seed(line)).collect();
    (without_seeds.join("\n"), bytes.as_chunks().0.to_vec())
}

fn is_of_seed(line: &str) -> bool {
    line.starts_with("<circle") && line.contains("opacity=\"0.35\"")
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
fn single_seeds_are_pale_points_where_there_are_several() {
    let folder = tempfile::tempdir().unwrap();
    let pale = |rows: &[ResultRow]| {
        report_on(rows, folder.path());
        let svg = fs::read_to_string(folder.path().join("accuracy_vs_heads.svg")).unwrap();
        svg.lines().filter(|line| is_of_seed(line)).count()
    };
    let rows = common::demo();
    // Three seeds of five points of two curves, on two splits; dense is a line.
    assert_eq!(pale(&rows), 3 * 5 * 2 * 2);
    let one: Vec<ResultRow> = rows.into_iter().filter(|row| row.seed == 1).collect();
    assert_eq!(pale(&one), 0);
}

#[test]
fn a_seed_far_from_the_others_is_shown_and_a_cut_interval_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    // Of three seeds one fails: the interval goes below 0 and beyond 100 %.
    let rows = [0.1, 0.8, 0.9, 0.85, 0.86, 0.87].into_iter().enumerate();
    let rows: Vec<ResultRow> = rows
        .map(|(i, value)| {
            let (k, seed) = if i < 3 { (3, i) } else { (6, i - 3) };
            row("dsp-joint", "", k, seed as u64 + 1, "matched", value)
        })
        .collect();
    report_on(&rows, folder.path());
    let svg = fs::read_to_string(folder.path().join("accuracy_vs_heads.svg")).unwrap();
    assert_eq!(svg.lines().filter(|line| is_of_seed(line)).count(), 6);
    let cut = "; 1 interval goes on beyond the axis and is cut at its edge";
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let without_tags: String = svg
        .lines()
        .filter(|line| !line.starts_with('<'))
        .map(|line| format!("{line} "))
        .collect();
    assert!(words(&without_tags).contains(cut), "{without_tags}");
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains(cut));
    // Seeds that agree have an interval with both ends on the axis.
    let mut agreeing = rows;
    agreeing.iter_mut().for_each(|row| row.value = 0.7);
    report_on(&agreeing, folder.path());
    let svg = fs::read_to_string(folder.path().join("accuracy_vs_heads.svg")).unwrap();
    assert!(!svg.contains("beyond the axis"));
}

#[test]
fn the_upper_edge_tells_the_share_of_heads_removed() {
    let (svg, _) = figure_of(&common::demo());
    assert!(svg.contains("share of heads removed"));
    for share in ["92 %", "75 %", "50 %", "25 %", "0 %"] {
        assert_eq!(svg.matches(&format!("\n{share}\n")).count(), 2, "{share}");
    }
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
    assert!(svg.contains("solid:") && svg.contains("dashed:"));
    // One line in the plot and one in the legend; many pieces.
    assert_eq!(lines(&svg, "#0072B2"), 2);
    assert!(lines(&svg, "#56B4E9") > 20);
    let (svg, _) = figure_of(&[rows[0].clone(), rows[2].clone()]);
    assert!(!svg.contains("solid:"));
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
