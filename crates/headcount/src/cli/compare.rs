//! `headcount compare`: two runs by their answers to the same examples.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use records::{GROUPS_FILE, RESULT_FILE, read_groups};
use report::compare_runs;
use serde_json::json;

use crate::places::must_be_folder;
use crate::problem::{Problem, Result};
use crate::terminal::{ALL_DONE, Format, print};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folder of a run.
    baseline: PathBuf,
    /// Folder of another; differences are this one's less those of the first.
    run: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

pub(crate) fn compare(options: &Options) -> Result<u8> {
    for run in [&options.baseline, &options.run] {
        must_be_folder("run", run)?;
        if !run.join(RESULT_FILE).is_file() {
            let problem = Problem::new(format!("{} is no run that is done", run.display()));
            return Err(problem.hint("name the folders of two runs, as in results/mnli-demo/runs/ID"));
        }
    }
    let groups = match groups_of(&options.run) {
        Some(path) => read_groups(&path)?,
        None => Vec::new(),
    };
    let compared = compare_runs(&options.baseline, &options.run, &groups)?;
    if compared.rows.is_empty() {
        let problem = Problem::new("the two runs have no measure on the same split in common");
        return Err(problem.hint("name two runs of the same task"));
    }
    let [baseline, system] = [&compared.baseline, &compared.system].map(|result| result.run.id.to_string());
    match options.format {
        Format::Json => {
            let rows = serde_json::to_value(&compared.rows).map_err(Problem::new)?;
            let all = json!({
                "baseline": baseline,
                "run": system,
                "rows": rows,
                "mask_overlap": compared.overlap,
            });
            print(&all.to_string())?;
        }
        Format::Table => {
            let mut text = format!("{system} less {baseline}\n");
            for line in compared.lines() {
                text.push_str(&line);
                text.push('\n');
            }
            if let Some(overlap) = compared.overlap {
                // Writing to a string cannot fail.
                let _ = writeln!(
                    text,
                    "heads that both keep: {:.0} % of those that either keeps",
                    100.0 * overlap
                );
            }
            text.push_str("a difference of two runs says nothing of other seeds");
            print(&text)?;
        }
    }
    Ok(ALL_DONE)
}

/// What the sweep of a run says of examples that share a premise.
fn groups_of(run: &Path) -> Option<PathBuf> {
    let run = run.canonicalize().ok()?;
    let path = run.ancestors().nth(2)?.join(GROUPS_FILE);
    path.is_file().then_some(path)
}
