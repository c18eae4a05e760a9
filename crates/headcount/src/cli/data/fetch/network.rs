//! Fetches what is named, one after another, and tells what became of each.

use fetch::{
    Client, Corpus, DATA_VARIABLE, DataFolder, FetchError, Fetched, Hub, Manifest, ModelName, OnStderr,
    fetch_corpus, fetch_model,
};

use super::Options;
use crate::problem::{Problem, Result};
use crate::terminal::{ALL_DONE, SOME_FAILED, print, tell_problem};

/// What a name means.
enum Target<'a> {
    Corpus(&'a str, &'a Corpus),
    Model(ModelName),
}

pub(crate) fn fetch(options: &Options) -> Result<u8> {
    let manifest = Manifest::load()?;
    let targets = targets(&options.names, &manifest)?;
    let model = targets.iter().find_map(|target| match target {
        Target::Model(name) => Some(name),
        Target::Corpus(..) => None,
    });
    if let (Some(folder), Some(name)) = (&options.to, model) {
        let problem = format!("--to {} is for corpora, and {name} is a model", folder.display());
        return Err(Problem::new(problem)
            .hint("models go to the hub's cache, which HF_HOME or HF_HUB_CACHE puts elsewhere"));
    }
    let client = Client::from_environment()?;
    let mut failures = Vec::new();
    for target in &targets {
        match one(&client, target, options) {
            Ok(folder) => print(&folder)?,
            Err(error) => failures.push(error),
        }
    }
    let last = failures.pop();
    for error in &failures {
        tell_problem(error);
    }
    match last {
        None => Ok(ALL_DONE),
        Some(error) if failures.len() + 1 == targets.len() => Err(error),
        Some(error) => {
            tell_problem(&error);
            Ok(SOME_FAILED)
        }
    }
}

/// All that was asked for, once each; a name that means nothing is refused before anything is fetched.
fn targets<'a>(names: &[String], manifest: &'a Manifest) -> Result<Vec<Target<'a>>, FetchError> {
    let mut targets = Vec::new();
    let mut seen = Vec::new();
    for text in names {
        let target = match (manifest.corpus(text), ModelName::parse(text, manifest)) {
            (Some((name, corpus)), _) => Target::Corpus(name, corpus),
            (None, Some(model)) => Target::Model(model),
            (None, None) => {
                return Err(FetchError::UnknownName {
                    name: text.clone(),
                    known: manifest.names().map(str::to_owned).collect(),
                });
            }
        };
        let name = match &target {
            Target::Corpus(name, _) => (*name).to_owned(),
            Target::Model(name) => name.to_string(),
        };
        if !seen.contains(&name) {
            seen.push(name);
            targets.push(target);
        }
    }
    Ok(targets)
}

/// The folder that it is in, then.
fn one(client: &Client, target: &Target<'_>, options: &Options) -> Result<String> {
    let mut watch = OnStderr::default();
    let accept = options.accept_unverified;
    match target {
        Target::Corpus(name, corpus) => {
            let place = options
                .to
                .as_ref()
                .map_or_else(DataFolder::usual, DataFolder::new);
            let fetched = fetch_corpus(client, &place, name, corpus, accept, &mut watch)?;
            tell(corpus, &fetched);
            if place != DataFolder::usual() && !fetched.was_there {
                eprintln!(
                    "hint: {DATA_VARIABLE}={} lets experiments find it by its name",
                    place.root().display()
                );
            }
            Ok(fetched.folder.display().to_string())
        }
        Target::Model(name) => {
            let hub = Hub::from_environment();
            let (snapshot, was_there) = fetch_model(client, &hub, name, accept, &mut watch)?;
            let (repository, commit) = (&snapshot.repository, &snapshot.commit);
            let outcome = if was_there { "was there already" } else { "fetched" };
            eprintln!("{repository}@{commit}: {outcome}");
            Ok(snapshot.folder.display().to_string())
        }
    }
}

fn tell(corpus: &Corpus, fetched: &Fetched) {
    let folder = fetched.folder.display();
    for download in fetched
        .record
        .downloads
        .iter()
        .filter(|download| !download.verified)
    {
        let fetch::Downloaded {
            name, size, sha256, ..
        } = download;
        eprintln!("not verified: {name}, {size} bytes, sha256 {sha256}");
    }
    if fetched.was_there {
        eprintln!("{folder} is there already and as it was fetched, nothing to do");
        return;
    }
    let files = fetched.record.files.len();
    let plural = if files == 1 { "" } else { "s" };
    eprintln!("wrote {folder}: {}, {files} file{plural}", corpus.title);
    eprintln!("licence: {} ({})", corpus.licence, corpus.licence_source);
}
