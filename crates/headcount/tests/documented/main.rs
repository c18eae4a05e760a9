//! What README, docs, experiment files and the justfile tell a reader to type is typed, on inputs made small.
//!
//! Commands are: every line of a fenced block, unless [`substitutions::NOT_TYPED`] says that the block is none; code in a
//! sentence that begins with `headcount`, `cargo` or `just`; the indented lines in the comments of experiments/*/*.toml;
//! the recipes of the justfile. Of `--set` and `--filter` in a sentence an experiment must be planned with them; of any
//! other option the program must know the name. A command that no rule of [`rules::rules`] covers fails the test.
#![cfg(all(unix, feature = "fetch"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

mod models;
mod pages;
mod place;
mod rules;
mod scripts;
mod substitutions;
#[path = "../supplies/mod.rs"]
mod supplies;
mod synopsis;
mod typing;

use std::collections::BTreeSet;

use pages::{Script, blocks, comments, pages, recipes, spans};
use place::{Place, Supplies};
use scripts::scripts;
use substitutions::FOREIGN;
use synopsis::{spelled_out, without_remark};
use typing::{ends_with_0, rule_of, substituted, type_by_rule};

#[test]
fn every_command_can_be_typed() {
    let supplies = Supplies::new();
    let scripts = scripts();
    let mut seen = BTreeSet::new();
    let mut failures = Vec::new();
    let mut rules = BTreeSet::new();
    let mut commands = 0;
    for Script {
        place,
        commands: lines,
    } in &scripts
    {
        let spelled: Vec<String> = lines
            .iter()
            .flat_map(|line| spelled_out(without_remark(line).0))
            .collect();
        commands += spelled.len();
        let typed: Vec<String> = spelled.iter().map(|command| substituted(command).0).collect();
        rules.extend(
            typed
                .iter()
                .filter_map(|command| rule_of(command))
                .map(|rule| rule.begins),
        );
        if !seen.insert(typed) {
            continue;
        }
        let here = supplies.place();
        for command in &spelled {
            if let Err(failure) = type_by_rule(&here, command) {
                failures.push(format!("{place}: {failure}"));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {commands} commands:\n\n{}",
        failures.len(),
        failures.join("\n\n")
    );
    for rule in rules::rules() {
        assert!(
            rules.contains(rule.begins),
            "no command begins with `{}`; the rule can go",
            rule.begins
        );
    }
    for page in [
        "README.md",
        "docs/clusters.md",
        "docs/devices.md",
        "experiments/multi30k/small.toml",
        "justfile",
    ] {
        assert!(
            scripts.iter().any(|script| script.place.starts_with(page)),
            "no command was found in {page}"
        );
    }
}

/// Options of every command of the program, from what it says for --help.
fn known_options(place: &Place<'_>) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    let mut commands = vec!["headcount".to_owned()];
    while let Some(command) = commands.pop() {
        let output = place.bash(&format!("{command} --help"), "");
        ends_with_0(&output, &command).unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        let options = help
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .filter(|word| word.starts_with("--"));
        known.extend(options.map(str::to_owned));
        let listed = help
            .lines()
            .skip_while(|line| *line != "Commands:")
            .skip(1)
            .take_while(|line| !line.is_empty());
        let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let names = names
            .map(|line| line.split_whitespace().next().unwrap())
            .filter(|name| *name != "help");
        commands.extend(names.map(|name| format!("{command} {name}")));
    }
    known
}

#[test]
fn every_option_in_a_sentence_is_one_of_the_program() {
    let supplies = Supplies::new();
    let known = known_options(&supplies.place());
    assert!(
        known.contains("--retry-failed") && known.contains("--merges"),
        "{known:?}"
    );
    let spans: Vec<_> = pages()
        .iter()
        .chain(&comments())
        .flat_map(spans)
        .filter(|span| span.code.starts_with("--"))
        .collect();
    assert!(spans.len() > 10);
    for span in spans {
        for option in span.code.split_whitespace().filter(|word| word.starts_with("--")) {
            let is_foreign = FOREIGN.iter().any(|(foreign, _)| *foreign == option);
            assert!(
                known.contains(option) || is_foreign,
                "{}: no command has {option}",
                span.place
            );
        }
    }
}

#[test]
fn every_toml_block_is_part_of_an_experiment() {
    let supplies = Supplies::new();
    let blocks: Vec<_> = pages()
        .iter()
        .flat_map(blocks)
        .filter(|block| block.language == "toml")
        .collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let here = supplies.place();
        here.write("block.toml", &block.text);
        let plan = here.bash(
            "cat my.toml block.toml > whole.toml && headcount sweep plan whole.toml",
            "",
        );
        ends_with_0(&plan, &format!("{}:{}", block.page, block.line)).unwrap();
    }
}

#[test]
fn every_recipe_named_is_in_the_justfile() {
    let recipes = recipes();
    assert!(recipes.len() > 5 && recipes.iter().all(|(_, script)| !script.commands.is_empty()));
    let pages = pages();
    let named = pages.iter().flat_map(spans).filter_map(|span| {
        let name = span
            .code
            .strip_prefix("just ")?
            .split_whitespace()
            .next()?
            .to_owned();
        Some((span.place, name))
    });
    for (place, name) in named.collect::<Vec<_>>() {
        assert!(
            recipes.iter().any(|(recipe, _)| *recipe == name),
            "{place}: the justfile has no `{name}`"
        );
    }
}
