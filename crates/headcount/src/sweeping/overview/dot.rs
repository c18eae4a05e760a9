//! A plan as a graph for Graphviz: an arrow from each run to those that start from it.

use std::fmt::Write;

use sweep::RunState;

use super::Overview;

pub(crate) fn render(overview: &Overview<'_>) -> String {
    let name = &overview.planned.experiment.name;
    let mut text = format!("digraph {name:?} {{\n  rankdir=LR;\n  node [shape=box, style=filled];\n");
    for entry in &overview.entries {
        let (id, label, state) = (&entry.run.id, entry.run.id.without_key(), entry.state);
        let color = color(state);
        // Text grows without errors.
        let _ = writeln!(
            text,
            "  \"{id}\" [label=\"{label}\\n{state}\", fillcolor={color}];"
        );
        if let Some(base) = &entry.run.starts_from {
            let _ = writeln!(text, "  \"{base}\" -> \"{id}\";");
        }
    }
    text + "}"
}

fn color(state: &RunState) -> &'static str {
    match state {
        RunState::Done => "palegreen",
        RunState::Running => "gold",
        RunState::Partial => "lightyellow",
        RunState::Pending => "white",
        RunState::Failed { .. } => "salmon",
        RunState::Blocked => "lightgrey",
    }
}
