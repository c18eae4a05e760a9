//! report.html in a browser: every control by keyboard, no error and no request. Skipped where there is no Chromium.

mod common;

use std::fs;
use std::process::Command;

use records::write_results;
use report::write_report;

/// Presses every control of the page as a keyboard does and leaves what came of it in the page.
const DRIVER: &str = r#"<script>
const faults = [];
addEventListener("error", (event) => faults.push("error: " + event.message));
document.addEventListener("securitypolicyviolation", (event) => faults.push("request: " + event.blockedURI));
addEventListener("load", () => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const is = (what, name) => { if (!what) { faults.push(name); } };
  const press = (element, key) =>
    element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  for (const control of all("button, input, svg[tabindex], .scroll, a")) {
    control.focus();
    is(document.activeElement === control, "no focus: " + control.outerHTML.slice(0, 60));
  }
  for (const button of all(".legend button")) {
    const figure = button.closest("figure");
    const curves = [...figure.querySelectorAll(`[data-curve="${button.dataset.entry}"]`)];
    button.click();
    is(button.getAttribute("aria-pressed") === "false", "not pressed");
    is(curves.length > 0 && curves.every((curve) => getComputedStyle(curve).display === "none"), "not switched off");
    button.click();
    is(curves.every((curve) => getComputedStyle(curve).display !== "none"), "not switched on");
  }
  for (const panel of all("svg[tabindex]")) {
    panel.focus();
    press(panel, "ArrowRight");
    const chosen = panel.querySelector(".chosen");
    is(chosen, "no mark chosen");
    is(chosen && document.getElementById("said").textContent === chosen.dataset.tip, "values not said");
    press(panel, "Escape");
    is(!panel.querySelector(".chosen"), "mark still chosen");
  }
  let sorted = 0;
  for (const head of all(".sortable th")) {
    const body = head.closest("table").tBodies[0];
    const column = head.cellIndex;
    const values = () => [...body.rows].map((row) => parseFloat(row.cells[column].textContent));
    head.querySelector("button").click();
    is(head.getAttribute("aria-sort") === "ascending", "not sorted");
    const numbers = values().filter((value) => !isNaN(value));
    if (numbers.length === body.rows.length) {
      is(numbers.every((value, i) => i === 0 || numbers[i - 1] <= value), "wrong order: " + head.textContent);
      sorted += 1;
    }
  }
  is(sorted > 0, "nothing sorted by number");
  for (const filter of all(".sortable input")) {
    const rows = [...filter.closest(".sortable").querySelectorAll("tbody tr")];
    filter.value = "dsp-joint";
    filter.dispatchEvent(new Event("input"));
    is(rows.every((row) => row.hidden !== row.textContent.includes("dsp-joint")), "filter");
  }
  const before = getComputedStyle(document.body).backgroundColor;
  document.getElementById("theme").click();
  is(getComputedStyle(document.body).backgroundColor !== before, "theme");
  is(all("a[download]").length > 2 && all("button[data-file]").every((button) =>
    document.getElementById(button.dataset.file)), "downloads");
  is(document.documentElement.scrollWidth <= innerWidth, "wider than the window");
  is(performance.getEntriesByType("resource").every((entry) => entry.name.startsWith("data:")), "a request");
  const out = document.createElement("output");
  out.id = "outcome";
  out.textContent = "outcome[" + faults.join("; ") + "]";
  document.body.append(out);
});
</script>
</body>"#;

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
    write_results(&folder.path().join("results.csv"), &common::demo_of_all()).unwrap();
    write_report(folder.path()).unwrap();
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    let driven = folder.path().join("driven.html");
    fs::write(&driven, page.replace("</body>", DRIVER)).unwrap();
    for size in ["1280,900", "500,900"] {
        let out = Command::new(browser)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--virtual-time-budget=5000",
                "--dump-dom",
            ])
            .arg(format!("--window-size={size}"))
            .arg(format!(
                "--user-data-dir={}",
                folder.path().join("profile").display()
            ))
            .arg(format!("file://{}", driven.display()))
            .output()
            .unwrap();
        let dom = String::from_utf8_lossy(&out.stdout);
        let outcome = dom
            .rsplit_once("outcome[")
            .map(|(_, rest)| rest.split(']').next().unwrap_or_default());
        assert_eq!(
            outcome,
            Some(""),
            "{size}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
    }
}
