//! The figures of masks say what heads.csv says, whatever part of a sweep is done.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod common;

use std::fs;
use std::path::Path;

use common::masks::{SIX, mask, results_of, sweep, translator};
use common::row;
use heads::{HeadGrid, RowKind};
use records::{HeadsRow, write_heads, write_results};
use report::write_report;

const MASK_FILES: [&str; 6] = [
    "heads_by_layer.csv",
    "heads_stability.csv",
    "heads_by_layer.png",
    "heads_by_layer.svg",
    "heads_by_kind.png",
    "heads_by_kind.svg",
];

/// Reports on the masks and one number of each in `folder`; the files that the masks gave.
fn report_on(modules: &[HeadsRow], folder: &Path) -> Vec<String> {
    fs::write(folder.join("report.toml"), "corpus = \"made up, not IWSLT\"\n").unwrap();
    write_heads(&folder.join("heads.csv"), modules).unwrap();
    let mut results = results_of(modules);
    results.push(row(
        "dense",
        "",
        modules.first().map_or(12, |row| row.n_heads),
        1,
        "test",
        0.9,
    ));
    for row in &mut results {
        row.n_heads = modules.first().map_or(12, |row| row.n_heads);
    }
    write_results(&folder.join("results.csv"), &results).unwrap();
    let names = write_report(folder).unwrap().files;
    let names = names
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned());
    names.filter(|name| name.starts_with("heads")).collect()
}

/// Figures by layer and by kind, as SVG.
fn svgs_of(modules: &[HeadsRow]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(report_on(modules, folder.path()), MASK_FILES);
    let text = |name| fs::read_to_string(folder.path().join(name)).unwrap();
    (text("heads_by_layer.svg"), text("heads_by_kind.svg"))
}

/// The texts of a figure in the order they were drawn, with their positions.
fn texts(svg: &str) -> Vec<(f64, f64, String)> {
    let mut found = Vec::new();
    for part in svg.split("<text ").skip(1) {
        let (attributes, rest) = part.split_once('>').unwrap();
        let number = |name: &str| -> f64 {
            let (_, rest) = attributes.split_once(&format!("{name}=\"")).unwrap();
            rest.split('"').next().unwrap().parse().unwrap()
        };
        let text = rest.split_once('<').unwrap().0.trim().to_owned();
        found.push((number("x"), number("y"), text));
    }
    found
}

fn has(svg: &str, text: &str) -> usize {
    texts(svg).iter().filter(|(_, _, other)| other == text).count()
}

/// Areas of one colour: corners of each.
fn areas(svg: &str, colour: &str) -> Vec<Vec<(f64, f64)>> {
    let points = |line: &str| {
        let (_, rest) = line.split_once("points=\"").unwrap();
        let pairs = rest.split('"').next().unwrap().split_whitespace();
        pairs
            .map(|pair| {
                let (x, y) = pair.split_once(',').unwrap();
                (x.parse().unwrap(), y.parse().unwrap())
            })
            .collect()
    };
    svg.lines()
        .filter(|line| line.starts_with("<polygon") && line.contains(&format!("fill=\"{colour}\"")))
        .map(points)
        .collect()
}

fn heights(areas: &[Vec<(f64, f64)>]) -> Vec<f64> {
    let height = |area: &Vec<(f64, f64)>| {
        let ys = || area.iter().map(|point| point.1);
        ys().fold(0.0, f64::max) - ys().fold(f64::INFINITY, f64::min)
    };
    areas.iter().map(height).collect()
}

/// One layer of each kind with four heads, of which each kind keeps some.
fn kept(method: &str, seed: u64, [encoder, between, decoder]: [usize; 3]) -> Vec<HeadsRow> {
    let k = encoder + between + decoder;
    mask(&translator(1, 4), (method, ""), k, seed, |row, head| {
        let kept = match row.kind {
            RowKind::EncoderSelf => encoder,
            RowKind::EncoderDecoder => between,
            RowKind::DecoderSelf => decoder,
        };
        f64::from(u8::from(head < kept))
    })
}

#[test]
fn bars_are_shares_of_what_is_kept() {
    let rows = [kept("dsp-joint", 1, [1, 3, 0]), kept("dsp-joint", 2, [2, 1, 1])].concat();
    let (_, svg) = svgs_of(&rows);
    // 1.5, 2 and 0.5 of 4 heads; each colour is in the legend once more.
    let [blue, orange, sky] = ["#0072B2", "#E69F00", "#56B4E9"].map(|colour| areas(&svg, colour));
    assert_eq!([blue.len(), orange.len(), sky.len()], [2, 2, 2]);
    let [blue, orange, sky] = [blue, orange, sky].map(|areas| heights(&areas)[0]);
    let whole = blue + orange + sky;
    assert!((blue / whole - 0.375).abs() < 0.01 && (orange / whole - 0.5).abs() < 0.01);
    assert_eq!(["1.5", "2.0", "0.5"].map(|count| has(&svg, count)), [1, 1, 1]);
    // The dense model beside it, which keeps four of each.
    assert_eq!(has(&svg, "4"), 1 + 3);
    assert_eq!(has(&svg, "12"), 1);
    let names = [
        "encoder self-attention",
        "encoder-decoder attention",
        "decoder self-attention",
        "share of the heads kept (%)",
        "attention heads kept (of 12)",
    ];
    assert_eq!(names.map(|name| has(&svg, name)), [1; 5]);
}

#[test]
fn a_kind_without_a_head_has_no_part_of_the_bar() {
    let (_, svg) = svgs_of(&kept("dsp-joint", 1, [0, 3, 0]));
    let count = |colour| areas(&svg, colour).len();
    assert_eq!([count("#0072B2"), count("#E69F00"), count("#56B4E9")], [1, 2, 1]);
    // Nor has a mask that keeps nothing.
    let (_, svg) = svgs_of(&kept("dsp-joint", 1, [0, 0, 0]));
    assert_eq!((areas(&svg, "#E69F00").len(), has(&svg, "0")), (1, 1 + 1));
    assert!(!svg.contains("NaN"));
}

#[test]
fn cells_are_as_dark_as_their_share_is_large() {
    let rows = [kept("dsp-joint", 1, [4, 2, 0]), kept("dsp-joint", 2, [4, 2, 0])].concat();
    let (svg, _) = svgs_of(&rows);
    // White is also below everything; the others only in their cell, since the scale has neither end nor middle.
    assert_eq!(areas(&svg, "#08306B").len(), 1);
    assert_eq!(areas(&svg, "#5898CD").len(), 1);
    assert_eq!(areas(&svg, "#FFFFFF").len(), 1);
    let order: Vec<f64> = ["4", "2", "0"]
        .iter()
        .map(|count| {
            let cell = texts(&svg).into_iter().filter(|(_, _, text)| text == count);
            cell.map(|(_, y, _)| y).fold(f64::INFINITY, f64::min)
        })
        .collect();
    // Encoder at the bottom, decoder at the top.
    assert!(order[0] > order[1]);
    assert_eq!(
        ["encoder-", "decoder", "encoder"].map(|name| has(&svg, name)),
        [1, 2, 1]
    );
    assert!(
        svg.contains("share of a module's 4 heads") || svg.contains("share of a module&apos;s 4 heads"),
        "{svg}"
    );
}

#[test]
fn titles_say_scale_and_corpus_and_panels_their_method() {
    let grid = translator(2, 4);
    let mut rows = sweep(&grid, &SIX, &[1, 3, 6, 12, 18]);
    rows.extend(mask(&grid, ("dense", ""), 24, 1, |_, _| 0.0));
    let (layers, kinds) = svgs_of(&rows);
    for (svg, subject) in [
        (&layers, "Attention modules of the heads kept"),
        (&kinds, "Kinds of attention among the heads kept"),
    ] {
        let title: Vec<String> = texts(svg).into_iter().map(|(_, _, text)| text).collect();
        let title = title.join(" ");
        assert!(title.starts_with(&format!(
            "{subject} — mnli, demo scale, corpus: made up, not IWSLT Mean over 3 seeds;"
        )));
        let names = [
            "dsp-joint",
            "dsp-pipelined",
            "ste-joint",
            "voita",
            "michel (batch-abs)",
            "random (mean of draws)",
        ];
        let places: Vec<(f64, f64)> = names
            .iter()
            .map(|name| {
                assert_eq!(has(svg, name), 1, "{name}");
                let found = texts(svg).into_iter().find(|(_, _, text)| text == name).unwrap();
                (found.1, found.0)
            })
            .collect();
        assert!(places.is_sorted());
        assert_eq!(has(svg, "dense"), 0);
        // A factor stands at the mean of what came out, which the subtitle says.
        assert_eq!(has(svg, "12.3"), 1);
        assert!(title.contains("at the mean number that came out"));
    }
}

#[test]
fn one_seed_has_whole_numbers() {
    let rows = kept("dsp-joint", 1, [1, 2, 0]);
    let (layers, kinds) = svgs_of(&rows);
    for svg in [layers, kinds] {
        assert!(
            texts(&svg)
                .iter()
                .all(|(_, _, text)| !text.contains('.') || text.contains(' '))
        );
        assert!(svg.contains("Mean over 1 seed;") && !svg.contains("came out"));
    }
}

#[test]
fn one_kind_of_attention_has_no_figure_of_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let grid = HeadGrid::encoder(3, 4).unwrap();
    let written = report_on(&sweep(&grid, &SIX, &[1, 2, 3]), folder.path());
    assert_eq!(written, MASK_FILES[..4]);
    let svg = fs::read_to_string(folder.path().join("heads_by_layer.svg")).unwrap();
    // Its layers once in each row of panels.
    assert_eq!(has(&svg, "layer"), 2);
}

#[test]
fn without_masks_there_is_no_figure_of_them() {
    let folder = tempfile::tempdir().unwrap();
    assert!(report_on(&[], folder.path()).is_empty());
    fs::remove_file(folder.path().join("heads.csv")).unwrap();
    let written = write_report(folder.path()).unwrap().files;
    assert!(
        written
            .iter()
            .all(|path| !path.to_str().unwrap().contains("heads_by"))
    );
    // Dense keeps every head, which needs no picture.
    let dense = mask(&translator(1, 4), ("dense", ""), 12, 1, |_, _| 0.0);
    assert_eq!(report_on(&dense, folder.path()), MASK_FILES[..2]);
}

#[test]
fn everything_lies_within_the_picture() {
    let paper: Vec<usize> = (1..12).chain((12..144).step_by(12)).collect();
    let bert = HeadGrid::encoder(12, 12).unwrap();
    for (grid, methods, ks) in [
        (&bert, &SIX[..], &paper[..]),
        (&bert, &SIX[3..4], &paper[..]),
        (&translator(6, 4), &SIX[..5], &[4, 8, 16, 36, 68][..]),
        (&translator(1, 1), &SIX[..2], &[1][..]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        report_on(&sweep(grid, methods, ks), folder.path());
        for name in ["heads_by_layer.svg", "heads_by_kind.svg"] {
            let Ok(svg) = fs::read_to_string(folder.path().join(name)) else {
                assert!(grid == &bert && name == "heads_by_kind.svg");
                continue;
            };
            let mut size = svg.split('"').filter_map(|part| part.parse::<f64>().ok());
            let (width, height) = (size.next().unwrap(), size.next().unwrap());
            let corners = svg.split("points=\"").skip(1).flat_map(|rest| {
                let pairs = rest.split('"').next().unwrap().split_whitespace();
                pairs.map(|pair| {
                    let (x, y) = pair.split_once(',').unwrap();
                    (x.parse::<f64>().unwrap(), y.parse::<f64>().unwrap())
                })
            });
            let written = texts(&svg).into_iter().map(|(x, y, _)| (x, y));
            for (x, y) in corners.chain(written) {
                assert!((20.0..=width - 20.0).contains(&x), "{name}: {x} of {width}");
                assert!((20.0..=height - 20.0).contains(&y), "{name}: {y} of {height}");
            }
            // No two texts on one line are closer than a digit is wide.
            let mut lines = texts(&svg);
            lines.sort_by(|a, b| (a.1, a.0).partial_cmp(&(b.1, b.0)).unwrap());
            for pair in lines.windows(2) {
                assert!(
                    pair[0].1 < pair[1].1 || pair[1].0 - pair[0].0 > 12.0,
                    "{name}: {pair:?}"
                );
            }
        }
    }
}

#[test]
fn the_same_masks_in_any_order_give_the_same_bytes() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut rows = sweep(&translator(2, 4), &SIX[..4], &[1, 3, 6]);
    let names = report_on(&rows, first.path());
    assert_eq!(names, MASK_FILES);
    rows.reverse();
    rows.rotate_left(17);
    report_on(&rows, second.path());
    for name in names.iter().map(String::as_str).chain(["heads.csv"]) {
        let bytes = |folder: &Path| fs::read(folder.join(name)).unwrap();
        assert!(bytes(first.path()) == bytes(second.path()), "{name}");
    }
}
