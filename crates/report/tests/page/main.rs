//! report.html in a browser: every control by keyboard, no error and no request; and its numbers, those of curves.csv. What needs
//! a browser is skipped where there is no Chromium.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

#[path = "../common/mod.rs"]
mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::row;
use records::{ResultRow, write_results};
use report::{curves, write_report};

const DRIVER: &str = include_str!("driver.js");

fn report_on(folder: &Path, rows: &[ResultRow]) -> String {
    write_results(&folder.join("results.csv"), rows).unwrap();
    write_report(folder).unwrap();
    fs::read_to_string(folder.join("report.html")).unwrap()
}

/// The page's first figure.
fn main_figure(page: &str) -> &str {
    page.split("<figure").nth(1).unwrap()
}

/// What the marks of a text say.
fn tips(text: &str) -> Vec<&str> {
    let parts = text.split("data-tip=\"").skip(1);
    parts.map(|part| part.split('"').next().unwrap()).collect()
}

/// A sweep of all methods, and of enough others that the main figure leaves some out.
fn many() -> Vec<ResultRow> {
    let mut rows = common::demo_of_all();
    let joint: Vec<ResultRow> = rows
        .iter()
        .filter(|row| row.method == "dsp-joint")
        .cloned()
        .collect();
    for i in 0..6 {
        rows.extend(joint.iter().map(|row| ResultRow {
            method: format!("method-{i}-of-somebody-with-a-long-name"),
            run_id: format!("{}-of-{i}", row.run_id),
            value: row.value - 0.02 * f64::from(i),
            ..row.clone()
        }));
    }
    rows
}

#[test]
fn every_control_works_without_error_or_request() {
    let browsers = ["chromium", "chromium-browser", "google-chrome"];
    let is_there = |name: &&str| {
        Command::new(name)
            .arg("--version")
            .output()
            .is_ok_and(|out| out.status.success())
    };
    let Some(browser) = browsers.into_iter().find(is_there) else {
        eprintln!("skipped: no Chromium is installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let page = report_on(folder.path(), &many());
    // Before the page's own script, so that no error of it is missed.
    let driven = page.replacen("<style>", &format!("<script>\n{DRIVER}</script>\n<style>"), 1);
    fs::write(folder.path().join("driven.html"), driven).unwrap();
    // A window of Chromium is no narrower than 500 pixels: the page is in a frame as wide as a desktop's or a phone's.
    for (width, height) in [(1280, 900), (360, 640)] {
        let frame = format!(
            "<!DOCTYPE html><body style=\"margin:0\"><iframe src=\"driven.html\" style=\"border:0;width:{width}px;height:{height}px\">\
             </iframe><output></output><script>addEventListener(\"message\", (event) => {{ \
             document.querySelector(\"output\").textContent = event.data; }});</script></body>"
        );
        let framed = folder.path().join("framed.html");
        fs::write(&framed, frame).unwrap();
        let out = Command::new(browser)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--virtual-time-budget=20000",
                "--window-size=1400,1000",
                "--dump-dom",
            ])
            .arg(format!(
                "--user-data-dir={}",
                folder.path().join("profile").display()
            ))
            .arg(format!("file://{}", framed.display()))
            .output()
            .unwrap();
        let dom = String::from_utf8_lossy(&out.stdout);
        let outcome = dom
            .split_once("<output>outcome[")
            .map(|(_, rest)| rest.split(']').next().unwrap_or_default());
        assert_eq!(
            outcome,
            Some(format!("{width}: ").as_str()),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
    }
}

#[test]
fn marks_say_what_curves_csv_and_tables_have() {
    let folder = tempfile::tempdir().unwrap();
    let rows = common::demo_of_all();
    let page = report_on(folder.path(), &rows);
    let mut tips = tips(main_figure(&page));
    for point in curves(&rows, None)
        .unwrap()
        .iter()
        .filter(|point| point.metric == "accuracy")
    {
        let name = match point.variant.as_str() {
            "" => point.method.clone(),
            variant => format!("{} ({variant})", point.method),
        };
        let heads = if point.k.fract() == 0.0 {
            format!("{}", point.k)
        } else {
            format!("{:.1}", point.k)
        };
        let kept = match (point.is_exact(), point.k_low < point.k_high) {
            (true, _) => format!("K = {heads} of 12"),
            (false, true) => format!("heads kept: {heads} of 12 ({} to {})", point.k_low, point.k_high),
            (false, false) => format!("heads kept: {heads} of 12"),
        };
        let [mean, low, high] =
            [point.mean, point.ci_low.unwrap(), point.ci_high.unwrap()].map(|v| 100.0 * v);
        let cut = if high > 100.0 { ", cut at 100" } else { "" };
        let said = format!(
            "{name}\n{kept}, {:.0} % removed\nAccuracy (%): {mean:.1} ± {:.1}\n95 % interval: {:.1} to {:.1}{cut}",
            100.0 * (1.0 - point.k / 12.0),
            (high - low) / 2.0,
            low.max(0.0),
            high.min(100.0)
        );
        let place = tips
            .iter()
            .position(|tip| tip.starts_with(&said) && tip.ends_with("\n3 seeds"));
        tips.remove(place.unwrap_or_else(|| panic!("{said} is not in {tips:#?}")));
    }
    assert!(tips.is_empty(), "marks without a point: {tips:?}");
    // Each seed has a pale point.
    assert_eq!(
        main_figure(&page).matches("<circle").count(),
        3 * (2 * (9 * 5 + 9))
    );
}

#[test]
fn a_line_breaks_in_the_page_where_a_number_of_heads_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("experiment.toml"),
        "[sweep]\nheads = [1, 2, 3, 6, 9]\n",
    )
    .unwrap();
    let lines = |rows: &[ResultRow]| -> Vec<usize> {
        let page = report_on(folder.path(), rows);
        let lines = main_figure(&page).split("<polyline points=\"").skip(1);
        let points = lines.map(|line| line.split('"').next().unwrap().split(' ').count());
        points.collect()
    };
    let mut rows: Vec<ResultRow> = [1, 2, 3, 6, 9]
        .map(|k| row("dsp-joint", "", k, 1, "matched", 0.5 + f64::from(k) / 100.0))
        .to_vec();
    assert_eq!(lines(&rows), [5]);
    rows.retain(|row| row.k_target != 3);
    assert_eq!(lines(&rows), [2, 2]);
}

#[test]
fn intervals_are_cut_at_what_a_score_can_be() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<ResultRow> = [(1, 0.01), (2, 0.3), (3, 0.02)]
        .map(|(seed, value)| row("dsp-joint", "", 3, seed, "matched", value))
        .into_iter()
        .chain([(1, 0.9), (2, 0.99)].map(|(seed, value)| row("dsp-joint", "", 6, seed, "matched", value)))
        .collect();
    let page = report_on(folder.path(), &rows);
    let tips = tips(main_figure(&page));
    assert_eq!(tips.len(), 2);
    assert!(
        tips[0].contains("95 % interval: 0.0 to 51.9, cut at 0"),
        "{tips:?}"
    );
    assert!(tips[1].contains(" to 100.0, cut at 100"), "{tips:?}");
}

#[test]
fn names_cannot_leave_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = common::demo();
    for row in rows.iter_mut().filter(|row| row.method == "dsp-joint") {
        row.method = "a\"><script>alert(1)</script>".into();
    }
    let page = report_on(folder.path(), &rows);
    assert_eq!(page.matches("<script").count(), 1);
}
