//! Experiments, corpora and vocabularies of classification.

use crate::program::commands;
use crate::{campaign, fixtures};

#[test]
fn experiments() {
    let files = fixtures::classification();
    campaign("experiments", &files, &["x.toml"], 40).run(|folder| {
        commands(
            folder,
            &[
                "sweep plan x.toml --format json --out out",
                "sweep status x.toml --out out",
                "reproduce x.toml --out out --dry-run",
                // What a file asks for may take long; this is the way without that.
                "reproduce x.toml --out out --jobs 1 --set train.updates=2 --set sweep.methods=[\"dense\"] --set model.layers=1 \
                 --set model.width=8 --set model.feed_forward=8 --set model.heads=2 --set sweep.seeds=[1]",
            ],
        )
    });
}

#[test]
fn corpora() {
    let files = fixtures::classification();
    campaign(
        "corpora",
        &files,
        &["mnli", "multinli", "plain", "rows", "vocab"],
        40,
    )
    .run(|folder| commands(folder, &["reproduce x.toml --out out --jobs 1"]));
}
