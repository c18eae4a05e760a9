//! heads.csv and what is computed from it, by literal numbers and for any masks.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod any;
#[path = "../common/mod.rs"]
mod common;

use std::fs;
use std::path::PathBuf;

use common::masks::{SIX, mask, results_of, sweep, translator};
use files::Hint;
use heads::{HeadGrid, HeadRow, RowKind};
use proptest::prelude::*;
use records::{HEADS_COLUMNS, HeadsRow, read_heads, write_heads, write_results};
use report::{
    BETWEEN_COLUMNS, LAYER_COLUMNS, MEAN_OF_DRAWS, ReportError, STABILITY_COLUMNS, kept_by_module, stability,
    write_report,
};
use tempfile::TempDir;

const FIRST: &str = "dsp-joint,,3,3,8,1,4f2a,encoder-self,0,4,2,1010";
const SECOND: &str = "dsp-joint,,3,3,8,1,4f2a,decoder-self,0,4,1,0001";

fn folder_with(lines: &[&str]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("heads.csv");
    let text = format!("{}\n{}\n", HEADS_COLUMNS.join(","), lines.join("\n"));
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn error_of(lines: &[&str]) -> String {
    let (_folder, path) = folder_with(lines);
    let text = read_heads(&path).unwrap_err().to_string();
    text[text.find("heads.csv").unwrap()..].to_owned()
}

/// A mask of two modules of four heads each, kept as the digits say.
fn two_modules(method: &str, variant: &str, seed: u64, digits: [&str; 2]) -> Vec<HeadsRow> {
    let grid = HeadGrid::encoder(2, 4).unwrap();
    let k = digits.concat().matches('1').count();
    mask(&grid, (method, variant), k, seed, |row, head| {
        f64::from(digits[row.layer].as_bytes()[head])
    })
}

#[test]
fn a_line_is_read_column_by_column() {
    let (_folder, path) = folder_with(&[FIRST, SECOND]);
    let rows = read_heads(&path).unwrap();
    let expected = HeadsRow {
        method: "dsp-joint".into(),
        variant: String::new(),
        k_target: 3,
        k_actual: 3,
        n_heads: 8,
        seed: 1,
        run_id: "4f2a".into(),
        kind: RowKind::DecoderSelf,
        layer: 0,
        heads: 4,
        kept: 1,
        mask: "0001".into(),
    };
    assert_eq!((rows.len(), &rows[1]), (2, &expected));
}

#[test]
fn errors_name_file_line_and_what_is_wrong() {
    let second = |old: &str, new: &str| error_of(&[FIRST, &SECOND.replace(old, new)]);
    let kinds = "encoder-self, encoder-decoder, decoder-self";
    for (old, new, reason) in [
        (",4,1,", ",5,1,", "3: mask: 4 digits for 5 heads"),
        ("0001", "0002", "3: mask: `2` is neither 0 nor 1"),
        ("0001", "0101", "3: kept is 1, and the mask keeps 2"),
        (",4,1,0001", ",0,0,", "3: heads is 0"),
        (",3,3,8", ",3,9,8", "3: 9 heads kept of 8"),
        (
            ",8,1,4f2a",
            ",8,-1,4f2a",
            "3: seed: invalid digit found in string",
        ),
        ("dsp-joint", "", "3: method and run_id must not be empty"),
        (",0001", "", "3: 11 fields, expected 12"),
    ] {
        assert_eq!(second(old, new), format!("heads.csv:{reason}"));
    }
    assert_eq!(
        second("decoder-self", "decoder"),
        format!("heads.csv:3: kind: `decoder` is none of {kinds}")
    );
}

#[test]
fn a_part_of_a_mask_is_refused() {
    assert_eq!(
        error_of(&[FIRST, FIRST]),
        "heads.csv:3: encoder-self attention of layer 0 stands twice"
    );
    assert_eq!(
        error_of(&[FIRST]),
        "heads.csv:2: the modules of the mask have 4 heads, n_heads is 8"
    );
    assert_eq!(
        error_of(&[FIRST, &SECOND.replace("1,0001", "2,0011")]),
        "heads.csv:3: the modules of the mask keep 4 heads, k_actual is 3"
    );
    // The same lines of another run are another mask.
    let (_folder, path) = folder_with(&[
        FIRST,
        &FIRST.replace("4f2a", "77"),
        SECOND,
        &SECOND.replace("4f2a", "77"),
    ]);
    assert_eq!(read_heads(&path).unwrap().len(), 4);
}

#[test]
fn a_foreign_header_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("heads.csv");
    fs::write(&path, HEADS_COLUMNS.join(",").replace("layer", "row")).unwrap();
    let error = read_heads(&path).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("heads.csv:1: column 9 is `row`, expected `layer`")
    );
    assert!(error.hint().unwrap().contains("kind,layer,heads,kept,mask"));
}

#[test]
fn wrong_masks_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("heads.csv");
    let rows = two_modules("dsp-joint", "", 1, ["1100", "0001"]);
    let mut wrong = rows.clone();
    wrong[1].kept = 2;
    for (rows, reason) in [
        (wrong.as_slice(), "kept is 2, and the mask keeps 1"),
        (&rows[..1], "the modules of the mask have 4 heads, n_heads is 8"),
    ] {
        let error = write_heads(&path, rows).unwrap_err();
        assert_eq!(error.to_string(), format!("run `dsp-joint--3-1`: {reason}"));
        assert!(!path.exists());
        assert!(kept_by_module(rows).is_err() && stability(rows).is_err());
    }
}

#[test]
fn means_are_over_seeds_and_draws_count_once() {
    // Seed 1 keeps 4 and 2 heads of the first module in its draws, seed 2 keeps 1.
    let rows = [
        two_modules("random", "draw-1", 1, ["1111", "0000"]),
        two_modules("random", "draw-2", 1, ["1100", "1100"]),
        two_modules("random", "draw-1", 2, ["1000", "1110"]),
    ]
    .concat();
    let modules = kept_by_module(&rows).unwrap();
    let [first, second] = modules.as_slice() else {
        panic!("{modules:?}")
    };
    assert_eq!(
        (first.variant.as_str(), first.k, first.n_seeds),
        (MEAN_OF_DRAWS, 4.0, 2)
    );
    assert_eq!((first.mean_kept, first.min_kept, first.max_kept), (2.0, 1, 4));
    assert_eq!((second.mean_kept, second.min_kept, second.max_kept), (2.0, 0, 3));
    assert_eq!((second.layer, second.heads, second.n_heads), (1, 4, 8));
    // Of draw 1 and seed 2, one head of seven is in both; of draw 2 and seed 2, three of five.
    let [overlap] = <[_; 1]>::try_from(stability(&rows).unwrap()).unwrap();
    assert_eq!((overlap.n_seeds, overlap.n_pairs), (2, 1));
    assert!((overlap.mean_overlap.unwrap() - (1.0 / 7.0 + 3.0 / 5.0) / 2.0).abs() < 1e-12);
    assert_eq!(
        (overlap.min_overlap, overlap.max_overlap),
        (Some(1.0 / 7.0), Some(0.6))
    );
}

#[test]
fn a_factor_is_one_column_whatever_came_out() {
    let rows = [
        two_modules("voita", "lambda=0.1", 1, ["1000", "0000"]),
        two_modules("voita", "lambda=0.10", 2, ["1000", "1000"]),
        two_modules("voita", "lambda=0.01", 1, ["1111", "1100"]),
    ]
    .concat();
    let found: Vec<_> = kept_by_module(&rows)
        .unwrap()
        .into_iter()
        .map(|module| {
            (
                module.setting,
                module.k,
                module.k_low,
                module.k_high,
                module.mean_kept,
            )
        })
        .collect();
    let many = "lambda=0.01".to_owned();
    let few = "lambda=0.1".to_owned();
    assert_eq!(
        found,
        [
            (few.clone(), 1.5, 1, 2, 1.0),
            (few, 1.5, 1, 2, 0.5),
            (many.clone(), 6.0, 6, 6, 4.0),
            (many, 6.0, 6, 6, 2.0)
        ]
    );
    let overlaps = stability(&rows).unwrap();
    // One seed has no pair.
    assert_eq!(
        (
            overlaps[0].mean_overlap,
            overlaps[1].mean_overlap,
            overlaps[1].n_pairs
        ),
        (Some(0.5), None, 0)
    );
}

#[test]
fn masks_of_two_models_are_refused() {
    let rows = [
        two_modules("dsp-joint", "", 1, ["1100", "0001"]),
        mask(
            &HeadGrid::encoder(4, 2).unwrap(),
            ("ste-joint", ""),
            3,
            1,
            |row, _| row.layer as f64,
        ),
    ]
    .concat();
    let error = kept_by_module(&rows).unwrap_err();
    assert!(matches!(error, ReportError::Mixed { .. }));
    assert!(error.to_string().contains("encoder-self 0 of 4 heads"), "{error}");
}

#[test]
fn the_files_keep_their_contract() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        two_modules("dsp-joint", "", 1, ["1100", "0001"]),
        two_modules("dsp-joint", "", 2, ["1100", "1000"]),
        two_modules("michel", "signed", 1, ["1110", "0000"]),
    ]
    .concat();
    write_heads(&folder.path().join("heads.csv"), &rows).unwrap();
    write_results(&folder.path().join("results.csv"), &results_of(&rows)).unwrap();
    write_report(folder.path()).unwrap();
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(
        text("heads.csv"),
        "method,variant,k_target,k_actual,n_heads,seed,run_id,kind,layer,heads,kept,mask\n\
         dsp-joint,,3,3,8,1,dsp-joint--3-1,encoder-self,0,4,2,1100\n\
         dsp-joint,,3,3,8,1,dsp-joint--3-1,encoder-self,1,4,1,0001\n\
         dsp-joint,,3,3,8,2,dsp-joint--3-2,encoder-self,0,4,2,1100\n\
         dsp-joint,,3,3,8,2,dsp-joint--3-2,encoder-self,1,4,1,1000\n\
         michel,signed,3,3,8,1,michel-signed-3-1,encoder-self,0,4,3,1110\n\
         michel,signed,3,3,8,1,michel-signed-3-1,encoder-self,1,4,0,0000\n"
    );
    assert_eq!(
        text("heads_by_layer.csv"),
        "method,variant,k,kind,layer,heads,n_seeds,mean_kept,min_kept,max_kept,n_heads,setting,k_low,k_high\n\
         dsp-joint,,3,encoder-self,0,4,2,2.0,2,2,8,,3,3\n\
         dsp-joint,,3,encoder-self,1,4,2,1.0,1,1,8,,3,3\n\
         michel,signed,3,encoder-self,0,4,1,3.0,3,3,8,,3,3\n\
         michel,signed,3,encoder-self,1,4,1,0.0,0,0,8,,3,3\n"
    );
    let overlaps = text("heads_stability.csv");
    let lines: Vec<&str> = overlaps.lines().collect();
    assert_eq!(
        lines[0],
        "method,variant,k,n_seeds,n_pairs,mean_overlap,min_overlap,max_overlap,chance_overlap,\
         chance_in_modules,n_heads,setting,k_low,k_high"
    );
    // Three of eight twice have none, one, two or three in common in 10, 30, 15 and 1 of 56 cases: 14.5 / 56.
    assert!(
        lines[1].starts_with("dsp-joint,,3,2,1,0.5,0.5,0.5,0.25892857"),
        "{}",
        lines[1]
    );
    // In modules: of two of four and one of four, none to three in common in 3, 13, 7 and 1 of 24 cases: 71 / 240.
    let in_modules: f64 = lines[1].split(',').nth(9).unwrap().parse().unwrap();
    assert!((in_modules - 71.0 / 240.0).abs() < 1e-12, "{in_modules}");
    assert_eq!(lines[2], "michel,signed,3,1,0,,,,,,8,,3,3");
    // Two heads in common of four that either keeps; by chance one or two, a fifth or a half, as likely as each other.
    let between = text("agreement_of_methods.csv");
    let values: Vec<f64> = between
        .lines()
        .nth(1)
        .unwrap()
        .split(',')
        .skip(5)
        .map(|field| field.parse().unwrap())
        .collect();
    assert!(
        between
            .lines()
            .nth(1)
            .unwrap()
            .starts_with("3,dsp-joint,,michel,signed,1,")
    );
    assert_eq!((values[0], values[1], values[3]), (1.0, 0.5, 8.0));
    assert!(
        (values[2] - 0.35).abs() < 1e-12 && between.lines().count() == 2,
        "{between}"
    );
    for (text, columns) in [
        (between, BETWEEN_COLUMNS.join(",")),
        (text("heads_by_layer.csv"), LAYER_COLUMNS.join(",")),
        (overlaps.clone(), STABILITY_COLUMNS.join(",")),
    ] {
        assert_eq!(text.lines().next().unwrap(), columns);
    }
}

#[test]
fn masks_of_another_sweep_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rows = two_modules("dsp-joint", "", 1, ["1100", "0001"]);
    write_heads(&folder.path().join("heads.csv"), &rows).unwrap();
    let mut results = results_of(&rows);
    results[0].run_id = "elsewhere".into();
    write_results(&folder.path().join("results.csv"), &results).unwrap();
    let error = write_report(folder.path()).unwrap_err().to_string();
    assert!(
        error.starts_with("run `dsp-joint--3-1`: heads.csv has"),
        "{error}"
    );
    assert!(!folder.path().join("curves.csv").exists());
}

/// The wish for each head, the number of heads, the seed, and whether it is one of several draws.
type Wish = (Vec<u8>, usize, u64, bool);
