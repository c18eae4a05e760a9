//! Experiments and texts of translation, and the tools that prepare them.

#[allow(dead_code, reason = "not every program of tests needs all of it")]
#[path = "../../../data/tests/prepare/archive.rs"]
mod archive;

use damage::Files;

use crate::program::commands;
use crate::{campaign, fixtures};

#[test]
fn experiments_of_translation() {
    let files = fixtures::translation();
    campaign("translation-experiments", &files, &["x.toml"], 40).run(|folder| {
        commands(
            folder,
            &[
                "sweep plan x.toml --format dot --out out",
                "reproduce x.toml --out out --jobs 1 --set train.updates=2 --set sweep.methods=[\"dense\"] --set generate.beam=2 \
                 --set model.layers=1 --set model.width=8 --set model.feed_forward=8 --set model.heads=2 --set sweep.seeds=[1]",
            ],
        )
    });
}

#[test]
fn pairs_and_dictionaries() {
    let files = fixtures::translation();
    campaign("pairs", &files, &["train", "test", "dict"], 40)
        .run(|folder| commands(folder, &["reproduce x.toml --out out --jobs 1"]));
}

#[test]
fn preparations() {
    let files = fixtures::translation();
    let options = "data prepare parallel --source-language de --target-language en --train train.de train.en --valid \
                   test.de test.en --test test.de test.en";
    campaign(
        "preparations",
        &files,
        &["train", "test", "dict", "codes", "prefixes"],
        40,
    )
    .run(|folder| {
        commands(
            folder,
            &[
                &format!("{options} --merges 5 --prefixes prefixes --out learned"),
                &format!(
                    "{options} --codes codes --dictionaries dict.de.txt dict.en.txt --no-tokenize --out given"
                ),
            ],
        )
    });
}

#[test]
fn archives() {
    let files = Files::from([(
        "de-en.tgz".to_owned(),
        archive::gzip(&archive::tar(&archive::entries())),
    )]);
    campaign("archives", &files, &[], 30).run(|folder| {
        commands(
            folder,
            &["data prepare iwslt14 --archive de-en.tgz --merges 5 --out out"],
        )
    });
}
