//! Types a command by its rule.

use std::process::Output;

use super::pages::{read, root};
use super::place::Place;
use super::rules::{self, How, Rule};
use super::substitutions::SUBSTITUTIONS;

/// A command on one line, without the variables of the environment that it begins with.
pub(crate) fn words_of(command: &str) -> String {
    let command = command.replace("\\\n", " ");
    let words: Vec<&str> = command.split_whitespace().collect();
    let is_variable = |word: &&str| {
        let name = word.split_once('=').map_or("", |(name, _)| name);
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    let first = words
        .iter()
        .position(|word| !is_variable(word))
        .unwrap_or(words.len());
    words[first..].join(" ")
}

/// The rule that says most of the command's first words.
pub(crate) fn rule_of(command: &str) -> Option<&'static Rule> {
    let words = words_of(command) + " ";
    let fits = |rule: &&Rule| {
        words.starts_with(&format!("{} ", rule.begins))
            || rule.begins.ends_with('=') && words.starts_with(rule.begins)
    };
    rules::rules().filter(fits).max_by_key(|rule| rule.begins.len())
}

/// A command with everything replaced that is not here, and why.
pub(crate) fn substituted(command: &str) -> (String, Vec<&'static str>) {
    // A name at the end of a command is followed by a space like any other.
    let mut command = format!("{command} ");
    let mut reasons = Vec::new();
    for swap in SUBSTITUTIONS {
        if command.contains(swap.from) {
            command = command.replace(swap.from, swap.to);
            reasons.push(swap.why);
        }
    }
    (command.trim_end().to_owned(), reasons)
}

/// A command as it is typed here: substituted, small, with paths of the repository.
fn typed(command: &str, adds: &[&[&str]]) -> String {
    let mut typed = command.to_owned();
    for add in adds.iter().copied().flatten() {
        let option = add.split_whitespace().next().unwrap();
        if option == "--set" || !command.split_whitespace().any(|word| word == option) {
            typed += &format!(" {add}");
        }
    }
    rooted(&typed)
}

fn rooted(command: &str) -> String {
    command.replace("ROOT/", &format!("'{}'/", root().display()))
}

pub(crate) fn ends_with_0(output: &Output, command: &str) -> Result<(), String> {
    if output.status.code() == Some(0) {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "`{command}` ended with {:?}:\n{}",
        output.status.code(),
        said.trim_end()
    ))
}

/// Types one command by its rule.
pub(crate) fn type_by_rule(place: &Place<'_>, command: &str) -> Result<(), String> {
    let (command, replaced) = substituted(command);
    let rule = rule_of(&command)
        .ok_or_else(|| format!("no rule of tests/documented/rules.rs covers `{command}`"))?;
    refers_to_what_is_there(&command)?;
    let run = match &rule.how {
        How::Run(run) => run,
        How::NotRun(why) => {
            println!("not run: {command}: {why}");
            return Ok(());
        }
    };
    for command in run.given {
        ends_with_0(&place.bash(&rooted(command), ""), command)?;
    }
    let typed = typed(&command, run.adds);
    let reasons: String = replaced.iter().map(|why| format!("  # {why}")).collect();
    println!("{typed}{reasons}");
    ends_with_0(&place.bash(&typed, run.input), &typed)?;
    for command in run.then {
        ends_with_0(&place.bash(command, ""), &format!("{command}` after `{typed}"))?;
    }
    Ok(())
}

/// Files of the repository, features, packages and tests that a command names.
fn refers_to_what_is_there(command: &str) -> Result<(), String> {
    let missing = |what: &str| Err(format!("`{command}`: {what} is not in the repository"));
    let words: Vec<&str> = command.split_whitespace().collect();
    let of_cargo = words.contains(&"cargo");
    for pair in words.windows(2).filter(|_| of_cargo) {
        let path = match pair[0] {
            "-p" => format!("crates/{}/Cargo.toml", pair[1]),
            "--test" => {
                let test = format!("crates/headcount/tests/{}", pair[1]);
                if root().join(&test).is_dir() {
                    format!("{test}/main.rs")
                } else {
                    format!("{test}.rs")
                }
            }
            "--features" => {
                let manifest = read(&root().join("crates/headcount/Cargo.toml"));
                if !manifest.contains(&format!("\n{} = [", pair[1])) {
                    return missing(pair[1]);
                }
                continue;
            }
            _ => continue,
        };
        if !root().join(&path).is_file() {
            return missing(&path);
        }
    }
    for word in words {
        let path = word.strip_prefix("ROOT/").unwrap_or(word);
        let is_ours = ["crates/", "experiments/", "data/golden", "docs/"]
            .iter()
            .any(|folder| path.starts_with(folder));
        if is_ours && !root().join(path).exists() {
            return missing(path);
        }
    }
    Ok(())
}

#[test]
fn commands_without_a_rule_and_names_of_nothing_are_noticed() {
    assert!(rule_of("headcount reproduced mnli").is_none());
    assert!(rule_of("rm -r results").is_none());
    let begins = |command: &str| rule_of(command).unwrap().begins;
    assert_eq!(
        begins("headcount data prepare iwslt14 --out x"),
        "headcount data prepare iwslt14"
    );
    assert_eq!(
        begins("HEADCOUNT_TEST_SEED=7 cargo test --test faults"),
        "cargo test"
    );
    for command in [
        "cargo test --test nowhere",
        "cargo bench -p nothing",
        "cargo build --features nothing",
        "headcount reproduce ROOT/experiments/nothing.toml",
    ] {
        assert!(refers_to_what_is_there(command).is_err(), "{command}");
    }
}
