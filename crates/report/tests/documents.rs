//! REPORT.md, report.html and table.tex: the same numbers as the CSV files and the figures, of whole sweeps and of parts.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::row;
use records::{
    LatencyKind, LatencyRow, Recorder, ResultRow, RunId, Setup, write_latency, write_provenance,
    write_results,
};
use report::write_report;

/// Reports on `rows`; the folder.
fn report(rows: &[ResultRow]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("report.toml"),
        "corpus = \"embedded demo-nli, not MNLI\"\n",
    )
    .unwrap();
    write_results(&folder.path().join("results.csv"), rows).unwrap();
    write_report(folder.path()).unwrap();
    folder
}

fn text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

/// The rows of curves.csv by column.
fn curves(folder: &Path) -> Vec<BTreeMap<String, String>> {
    let text = text(folder, "curves.csv");
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned));
    let columns: Vec<String> = lines.next().unwrap().collect();
    lines
        .map(|fields| columns.iter().cloned().zip(fields).collect())
        .collect()
}

/// What documents say of a point of curves.csv.
fn shown(point: &BTreeMap<String, String>) -> String {
    let number = |column: &str| point[column].parse::<f64>().unwrap() * 100.0;
    let half = (number("ci_high") - number("ci_low")) / 2.0;
    format!("{:.1} ± {half:.1}", number("mean"))
}

fn name(point: &BTreeMap<String, String>) -> String {
    match point["variant"].as_str() {
        "" => point["method"].clone(),
        variant => format!("{} ({variant})", point["method"]),
    }
}

/// The cells of the row of a method in the table of a split, between these marks.
fn cells(text: &str, split: &str, row: &str, between: &str) -> Vec<String> {
    let table = text.split(&format!("of 12), {split}")).nth(1).unwrap();
    let line = table.lines().find(|line| line.contains(row)).unwrap();
    line.split(between).map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn numbers_agree_in_all_documents() {
    let folder = report(&common::demo());
    let [markdown, page, latex] =
        ["REPORT.md", "report.html", "table.tex"].map(|name| text(folder.path(), name));
    let points = curves(folder.path());
    assert_eq!(points.len(), 2 * 11);
    for point in &points {
        let (shown, name, split) = (shown(point), name(point), point["split"].as_str());
        let of_markdown = cells(&markdown, split, &format!("| {name} |"), "|");
        assert!(of_markdown.contains(&shown), "{name} {shown}: {of_markdown:?}");
        let of_page = cells(&page, split, &format!("<td class=\"word\">{name}</td>"), "<td>");
        assert!(
            of_page.iter().any(|cell| cell.starts_with(&shown)),
            "{name} {shown}: {of_page:?}"
        );
        // LaTeX has the caption below.
        let in_latex = shown.replace('±', "$\\pm$");
        let of_latex = latex
            .lines()
            .filter(|line| line.starts_with(&format!("{name} &")));
        assert_eq!(
            of_latex.filter(|line| line.contains(&in_latex)).count(),
            1,
            "{name} {in_latex}"
        );
        let k: u32 = point["k"].parse().unwrap();
        let removed = 100.0 * (1.0 - f64::from(k) / 12.0);
        let tip = format!(
            "data-tip=\"{name}\nK = {k} of 12, {removed:.0} % removed\nAccuracy (%): {shown}\n95 % interval: "
        );
        assert!(page.contains(&tip), "{tip}");
    }
}

#[test]
fn marks_of_the_figure_stand_where_the_table_says() {
    let folder = report(&common::demo());
    let svg = text(folder.path(), "accuracy_vs_heads.svg");
    let attribute = |tag: &str, name: &str| -> f64 {
        let rest = tag.split(&format!(" {name}=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    // Height and value of two ticks of the first panel.
    let ticks: Vec<(f64, f64)> = svg
        .split("<text ")
        .skip(1)
        .filter(|tag| tag.contains("text-anchor=\"end\""))
        .filter_map(|tag| {
            let value = tag.split(">\n").nth(1)?.split("\n<").next()?.parse().ok()?;
            Some((attribute(&format!(" {tag}"), "y"), value))
        })
        .take(2)
        .collect();
    let [(y0, v0), (y1, v1)] = ticks[..] else {
        panic!("{ticks:?}")
    };
    let value_at = |y: f64| v0 + (y - y0) * (v1 - v0) / (y1 - y0);
    let heights: Vec<f64> = svg
        .lines()
        .filter(|line| {
            line.starts_with("<circle") && line.contains("fill=\"#0072B2\"") && line.contains("opacity=\"1\"")
        })
        .map(|line| value_at(attribute(line, "cy")))
        .collect();
    let points = curves(folder.path());
    let of_curve = points
        .iter()
        .filter(|point| point["method"] == "dsp-joint" && point["split"] == "matched");
    for (point, height) in of_curve.zip(heights) {
        let mean = point["mean"].parse::<f64>().unwrap() * 100.0;
        assert!((mean - height).abs() < 0.5, "{mean} {height}");
    }
}

#[test]
fn the_first_line_says_what_is_demo_and_what_is_real() {
    let folder = report(&common::demo());
    for name in ["REPORT.md", "report.html"] {
        let text = text(folder.path(), name);
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{name}: {part}"));
        assert!(at("Demo: a small model on a made-up corpus") < at("Question"));
    }
    let real: Vec<ResultRow> = common::demo()
        .into_iter()
        .map(|row| ResultRow {
            scale: "paper".into(),
            ..row
        })
        .collect();
    let markdown = text(report(&real).path(), "REPORT.md");
    assert!(markdown.contains("Scale paper: real text") && !markdown.contains("Demo:"));
}

#[test]
fn claims_have_their_verdict_and_their_numbers() {
    let mut rows = Vec::new();
    for seed in 1..=20 {
        let noise = common::wobble(seed, 3, 4) / 100.0;
        for (method, k, value) in [
            ("dense", 12, 0.9),
            ("dsp-joint", 3, 0.85),
            ("michel", 3, 0.6),
            ("random-joint", 3, 0.7),
        ] {
            let own = common::wobble(seed, k.into(), method.len() as u64 * 7) / 500.0;
            rows.push(row(method, "", k, seed, "matched", value + noise + own));
        }
    }
    let markdown = text(report(&rows).path(), "REPORT.md");
    for part in [
        "comparable to or better than previous work.** Verdict: supported.\n\n- against michel: better in 1 comparison\n",
        "controlled exactly.** Verdict: supported.\n\n- dsp-joint: 20 of 20 masks",
        "smaller and faster.** Verdict: supported for its size; no times were measured.\n\n- 3 heads: 77.5 % of the parameters of the dense model",
        "are worse.** Verdict: supported.\n\n- dsp-joint against random-joint with 3 heads, matched: +1",
    ] {
        assert!(markdown.contains(part), "{part}\n{markdown}");
    }
}

#[test]
fn parts_of_a_sweep_have_a_report_that_says_what_is_missing() {
    let rows = [
        row("dense", "", 12, 1, "matched", 0.9),
        row("odd <name> & \"quotes\" | _x_", "", 3, 1, "matched", 0.5),
    ];
    let folder = report(&rows);
    let [markdown, page, latex] =
        ["REPORT.md", "report.html", "table.tex"].map(|name| text(folder.path(), name));
    assert!(markdown.contains("every number is of a single seed: no interval, no test"));
    assert!(markdown.contains("Mean of 1 seed, so no interval."));
    assert!(markdown.contains("The results say nothing of the claims") || markdown.contains("Verdict"));
    assert!(page.contains("odd &lt;name&gt; &amp; &quot;quotes&quot; | _x_") && !page.contains("odd <name>"));
    assert!(markdown.contains("odd \\<name> & \"quotes\" \\| \\_x\\_"));
    assert!(latex.contains("odd \\textless{}name\\textgreater{} \\& \"quotes\" \\textbar{} \\_x\\_"));
    // Nothing done yet: no document.
    let empty = report(&[]);
    assert!(!empty.path().join("report.html").exists() && !empty.path().join("table.tex").exists());
}

#[test]
fn the_page_needs_no_network_and_holds_its_files() {
    let folder = report(&common::demo());
    let page = text(folder.path(), "report.html");
    let outside = ["http://", "https://", "src=", "@import", "url("];
    let is_name = |at: usize| page[..at].ends_with("xmlns=\"");
    for part in outside {
        let found: Vec<usize> = page.match_indices(part).map(|(at, _)| at).collect();
        assert!(found.into_iter().all(is_name), "{part}");
    }
    let curves = text(folder.path(), "curves.csv");
    let encoded = page
        .split("download=\"curves.csv\" href=\"data:text/csv;charset=utf-8,")
        .nth(1)
        .unwrap();
    let mut decoded = Vec::new();
    let mut bytes = encoded.split('"').next().unwrap().bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    assert_eq!(String::from_utf8(decoded).unwrap(), curves);
    let before = fs::read(folder.path().join("report.html")).unwrap();
    write_report(folder.path()).unwrap();
    assert!(fs::read(folder.path().join("report.html")).unwrap() == before);
}

#[test]
fn an_incomplete_sweep_names_the_runs_that_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let id = |method: &str, k: u32, seed: u64| match method {
        "dense" => format!("dense-s{seed}-0a0a0a0a"),
        _ => format!("{method}-k{k:02}-s{seed}-0a0a0a0a"),
    };
    let cells = [
        ("dense", 12),
        ("dsp-joint", 9),
        ("dsp-joint", 3),
        ("dsp-joint", 6),
        ("michel-token-abs", 3),
    ];
    let all = cells
        .iter()
        .flat_map(|&(method, k)| (1..=4).map(move |seed| (method, k, seed)));
    let planned: Vec<String> = all
        .map(|(method, k, seed)| format!("{{\"id\": \"{}\", \"key\": \"\"}}", id(method, k, seed)))
        .collect();
    fs::write(
        folder.path().join("plan.json"),
        format!("{{\"runs\": [{}]}}", planned.join(",")),
    )
    .unwrap();
    fs::write(
        folder.path().join("experiment.toml"),
        "[train]\nupdates = 2700\nbatch = 32\n[data]\ntrain_examples = 20001\n",
    )
    .unwrap();
    let of = |method: &str, variant: &str, name: &str, k: u32, seed: u64| ResultRow {
        run_id: id(name, k, seed),
        ..row(method, variant, k, seed, "matched", 0.5 + seed as f64 / 100.0)
    };
    let mut rows: Vec<ResultRow> = (1..=4)
        .map(|seed| of("dsp-joint", "", "dsp-joint", 3, seed))
        .collect();
    rows.extend([1, 2].map(|seed| of("michel", "token-abs", "michel-token-abs", 3, seed)));
    write_results(&folder.path().join("results.csv"), &rows).unwrap();
    write_report(folder.path()).unwrap();
    let [markdown, page] = ["REPORT.md", "report.html"].map(|name| text(folder.path(), name));
    for part in [
        "6 of 20 runs are there",
        "dense: wholly missing (seeds 1 to 4)",
        "dsp-joint: wholly missing with K=6, 9 (seeds 1 to 4)",
        "michel (token-abs): 2 of 4 runs missing with K=3 (seeds 3 to 4)",
        "no claim for want of runs: a pruned model is smaller and faster",
        "no comparisons with the dense model for want of runs",
        "(n=2)",
    ] {
        assert!(
            markdown.contains(part) && page.contains(part),
            "{part}\n{markdown}"
        );
    }
    assert!(
        markdown.contains("- training: updates 2\u{202f}700, batch 32, training examples 20\u{202f}001\n")
    );
    // What files have is not what a made-up corpus is told to have, and batches are of tokens here.
    fs::write(
        folder.path().join("experiment.toml"),
        "[train]\nepochs = 1.5\nbatch = 32\nmax_tokens = 1024\n[data]\nsource = \"files\"\ntrain_examples = 20001\n",
    )
    .unwrap();
    rows.push(of("dense", "", "dense", 12, 1));
    write_results(&folder.path().join("results.csv"), &rows).unwrap();
    write_report(folder.path()).unwrap();
    let line = "- training: epochs 1.5 (2\u{202f}000 updates), batches of at most 1\u{202f}024 tokens\n";
    let markdown = text(folder.path(), "REPORT.md");
    assert!(markdown.contains(line), "{markdown}");
    // A finished sweep says nothing of its plan.
    fs::write(folder.path().join("plan.json"), "{\"runs\": []}").unwrap();
    write_report(folder.path()).unwrap();
    assert!(!text(folder.path(), "REPORT.md").contains("not complete"));
}

#[test]
fn claims_use_the_main_metric_and_say_how_much_was_seen() {
    let mut rows = Vec::new();
    for seed in 1..=6 {
        for (method, k, value) in [
            ("dense", 12, 90.0),
            ("dsp-joint", 1, 85.0),
            ("random-joint", 1, 70.0),
        ] {
            let own = common::wobble(seed, k.into(), method.len() as u64);
            for metric in ["bleu", "sacrebleu"] {
                rows.push(ResultRow {
                    metric: metric.into(),
                    ..row(method, "", k, seed, "test", value + own)
                });
            }
        }
        rows.push(ResultRow {
            metric: "bleu".into(),
            k_actual: 3 + (seed % 2) as u32,
            ..row("voita", "lambda=0.1", 12, seed, "test", 80.0)
        });
    }
    let folder = tempfile::tempdir().unwrap();
    let times = [
        (1, 4.0, LatencyKind::Removed),
        (8, 5.0, LatencyKind::Removed),
        (1, 10.0, LatencyKind::Dense),
        (8, 10.0, LatencyKind::Dense),
    ];
    let timed = |(batch, ms, kind): (u32, f64, LatencyKind)| LatencyRow {
        run_id: "dsp-joint--1-1".into(),
        method: "dsp-joint".into(),
        variant: String::new(),
        k: if kind == LatencyKind::Dense { 12 } else { 1 },
        n_heads: 12,
        seed: 1,
        kind,
        device: "flex".into(),
        threads: 1,
        batch,
        length: 16,
        repeats: 20,
        ms,
        ms_low: ms,
        ms_high: ms,
        tokens_per_second: None,
        params: 1000,
        macs: 2000,
    };
    let latency: Vec<LatencyRow> = times.map(timed).into();
    write_latency(&folder.path().join("latency.csv"), &latency).unwrap();
    write_results(&folder.path().join("results.csv"), &rows).unwrap();
    write_report(folder.path()).unwrap();
    let markdown = text(folder.path(), "REPORT.md");
    for part in [
        "Claims are about BLEU alone",
        "controlled exactly.** Verdict: too few masks.\n",
        "voita at lambda=0.1: 3.5 heads (standard deviation 0.5)",
        "40.0 % to 50.0 % of its time on flex (batch 1, 8; length 16; threads 1)",
    ] {
        assert!(markdown.contains(part), "{part}\n{markdown}");
    }
    let claims = markdown.split("## Results").next().unwrap();
    assert_eq!(claims.matches("random-joint with 1 head, test").count(), 1);
}

#[test]
fn sources_with_uncommitted_changes_are_called_so() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [row("dense", "", 12, 1, "matched", 0.9)];
    write_results(&folder.path().join("results.csv"), &rows).unwrap();
    let version = |git_dirty: bool| {
        let setup = Setup {
            git_revision: "5fd30807e8ce".into(),
            git_dirty: Some(git_dirty),
            ..Setup::default()
        };
        let run = Recorder::start().finish(&RunId::new("dense--12-1"), setup, 1, None);
        write_provenance(&folder.path().join("provenance.csv"), &[run]).unwrap();
        write_report(folder.path()).unwrap();
        text(folder.path(), "REPORT.md")
    };
    assert!(version(true).contains("5fd30807e8ce with uncommitted changes"));
    assert!(!version(false).contains("uncommitted"));
}
