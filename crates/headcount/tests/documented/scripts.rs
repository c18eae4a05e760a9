//! Every command of the documentation, by the rules at the head of this test.

use super::pages::{Script, blocks, comments, indented, pages, recipes, script, spans};
use super::substitutions::NOT_TYPED;
use super::synopsis::{spelled_out, without_remark};
use super::typing::words_of;

/// What is typed: in blocks, in sentences and in comments.
pub(crate) fn scripts() -> Vec<Script> {
    let mut scripts = Vec::new();
    let pages = pages();
    for block in pages.iter().flat_map(blocks) {
        let is_listing = NOT_TYPED
            .iter()
            .any(|(page, begins, _)| block.page == *page && block.text.starts_with(begins));
        match block.language.as_str() {
            "toml" => {}
            "" | "sh" | "bash" if !is_listing => {
                scripts.extend(typed_together(script(&block.page, block.line + 1, &block.text)));
            }
            "" => {}
            other => panic!("{}:{}: what is a block of `{other}`?", block.page, block.line),
        }
    }
    let comments = comments();
    scripts.extend(comments.iter().flat_map(indented));
    for span in pages.iter().chain(&comments).flat_map(spans) {
        let first = words_of(&span.code);
        if ["headcount ", "cargo "]
            .iter()
            .any(|begins| first.starts_with(begins))
        {
            scripts.push(Script {
                place: span.place,
                commands: vec![span.code],
            });
        } else if ["--set ", "--filter "]
            .iter()
            .any(|begins| first.starts_with(begins))
        {
            let command = format!("headcount sweep plan FILE {}", span.code);
            scripts.push(Script {
                place: span.place,
                commands: vec![command],
            });
        }
    }
    scripts.extend(recipes().into_iter().map(|(_, script)| script));
    scripts
}

/// A block is typed line by line in one folder, but for a synopsis, whose lines have nothing to do with each other.
fn typed_together(script: Script) -> Vec<Script> {
    let alone = |command: String| Script {
        place: script.place.clone(),
        commands: vec![command],
    };
    let is_synopsis = |command: &String| spelled_out(without_remark(command).0).len() > 1;
    if !script.commands.iter().any(is_synopsis) {
        return vec![script];
    }
    let mut scripts = Vec::new();
    for command in &script.commands {
        let remark = without_remark(command).1;
        scripts.push(alone(command.clone()));
        if let Some(at) = remark.find("--filter ") {
            scripts.push(alone(format!("headcount sweep plan FILE {}", &remark[at..])));
        }
    }
    scripts
}
