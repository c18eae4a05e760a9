//! What the sections of the methods take for granted: the two recipes, and the recipe of each task.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use experiment::{Experiment, Source, TaskName, load, switches};
use methods::{CountedHeads, DspSection, Methods, MichelSection, VoitaSection};

fn read(task: TaskName, recipe: &str, text: &str) -> Experiment {
    let head = format!("name = 'toy'\ntask = '{}'\nrecipe = '{recipe}'\n", task.name());
    let tail = "\n[sweep]\nmethods = ['dense']\nseeds = [1]\n";
    let source = Source::embedded("toy.toml", &format!("{head}{text}{tail}"));
    load(&source, &[], &Methods::known()).unwrap()
}

#[test]
fn every_switch_is_a_known_key_and_changes_something() {
    for switch in switches(&Methods::known()) {
        let task = switch.task.unwrap_or_default();
        let value = |recipe: &str| {
            let all = serde_json::to_value(read(task, recipe, "")).unwrap();
            switch.key.split('.').fold(all, |value, name| value[name].clone())
        };
        assert!(!value("paper").is_null(), "{}", switch.key);
        assert_ne!(value("released"), value("paper"), "{}", switch.key);
    }
}

#[test]
fn the_documentation_names_every_switch_with_both_values() {
    let text = include_str!("../../../docs/recipes.md");
    for switch in switches(&Methods::known()) {
        let row = text
            .lines()
            .find(|line| line.starts_with(&format!("| `{}` |", switch.key)));
        let row = row.unwrap_or_else(|| panic!("docs/recipes.md has no row of {}", switch.key));
        for value in [switch.released, switch.paper] {
            let word = value.trim_matches('"');
            assert!(row.contains(word), "{}: {word} is not in {row}", switch.key);
        }
    }
}

#[test]
fn what_is_written_wins() {
    let text = "[dsp]\ntau_end = 1e-3\n[michel]\nexact = false\n";
    let experiment = read(TaskName::Classification, "paper", text);
    assert_eq!(experiment.section::<DspSection>().tau_end, 1e-3);
    assert!(!experiment.section::<MichelSection>().exact);
    assert_eq!(experiment.section::<MichelSection>().counted, CountedHeads::Kept);
}

#[test]
fn translation_takes_the_recipe_of_iwslt_where_nothing_is_written() {
    let dsp: DspSection = read(TaskName::Translation, "released", "[dsp]\ntau_start = 1000.0\n").section();
    assert_eq!((dsp.tau_start, dsp.learning_rate), (1000.0, 0.2));
    let voita: VoitaSection = read(TaskName::Translation, "released", "").section();
    assert_eq!(voita.lambdas, [200.0]);
    assert_eq!(
        read(TaskName::Classification, "released", "").section::<VoitaSection>(),
        VoitaSection::default()
    );
}

#[test]
fn nli_is_another_name_of_classification() {
    let text = "name = 'toy'\ntask = 'nli'\n[sweep]\nmethods = ['dense']\nseeds = [1]\n";
    let experiment = load(&Source::embedded("toy.toml", text), &[], &Methods::known()).unwrap();
    assert_eq!(experiment, read(TaskName::Classification, "released", ""));
    assert_eq!(
        (experiment.task.name(), experiment.task.stored_name()),
        ("classification", "nli")
    );
}

#[test]
fn a_share_of_nothing_is_none() {
    let dsp: DspSection = read(TaskName::Translation, "paper", "[dsp]\nsettle = 0\n").section();
    assert_eq!(dsp.settle, None);
    let dsp: DspSection = read(TaskName::Translation, "paper", "[dsp]\nsettle = 0.5\n").section();
    assert_eq!(dsp.settle, Some(0.5));
}
