//! The model that is made smaller: a folder, or that of a run with the mask that the run chose.

use std::path::{Path, PathBuf};

use bundle::{CONFIG_FILE, ModelConfig};
use heads::HeadMask;
use records::{MASK_FILE, REMOVED_FOLDER, RESULT_FILE};
use tasks::inference::read_head_mask;

use crate::problem::{Problem, Result};

/// What a run's folder says it is.
const RUN_FILE: &str = "run.toml";

/// A whole model, and the heads of it that a run has chosen.
pub(crate) struct Origin {
    /// Folder of the model.
    pub(crate) folder: PathBuf,
    /// Its config.
    pub(crate) config: ModelConfig,
    /// The heads that are kept, where a mask stands beside the model, as in the folder of a run.
    pub(crate) mask: Option<HeadMask>,
    /// Name of the run.
    pub(crate) run: Option<String>,
}

impl Origin {
    /// Of a model folder, or of the folder of a run, which may have left the whole model to the run that it starts from.
    pub(crate) fn find(path: &Path) -> Result<Self> {
        let run = match path.join(RUN_FILE).is_file() {
            true => Some(RunFile::read(path)?),
            false => None,
        };
        if run.is_some() && !path.join(RESULT_FILE).is_file() {
            let problem = Problem::new(format!("the run {} has no result", path.display()));
            return Err(problem.hint("do it first: `headcount sweep run` goes on where it was"));
        }
        let folder = match &run {
            Some(run) => run.model(path)?,
            None => path.to_owned(),
        };
        let file = folder.join(CONFIG_FILE);
        let config = ModelConfig::read(&file)?;
        if let ModelConfig::Encoder(config) = &config {
            config.must_choose(&file)?;
        }
        let chosen = path.join(MASK_FILE);
        let mask = match chosen.is_file() {
            true => {
                let grid = config.grid().map_err(Problem::new)?;
                let mask = read_head_mask(&chosen, &grid)?;
                // That of the dense model chooses nothing.
                (mask.kept() < mask.total()).then_some(mask)
            }
            false => None,
        };
        Ok(Self {
            folder,
            config,
            mask,
            run: run.map(|run| run.id),
        })
    }
}

/// What `run.toml` says.
struct RunFile {
    id: String,
    key: String,
    starts_from: Option<String>,
}

impl RunFile {
    fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(RUN_FILE);
        let unusable = |reason: String| Problem::new(format!("{}: {reason}", path.display()));
        let text = std::fs::read_to_string(&path).map_err(|error| unusable(error.to_string()))?;
        let table: toml::Table =
            toml::from_str(&text).map_err(|error| unusable(error.message().to_owned()))?;
        let text_of = |value: Option<&toml::Value>| value.and_then(toml::Value::as_str).map(str::to_owned);
        let missing = |key: &str| unusable(format!("`{key}` is missing"));
        Ok(Self {
            id: text_of(table.get("id")).ok_or_else(|| missing("id"))?,
            key: text_of(table.get("key")).ok_or_else(|| missing("key"))?,
            starts_from: text_of(table.get("config").and_then(|config| config.get("starts_from"))),
        })
    }

    /// The folder of the whole model: its own, or that of the runs that it starts from.
    fn model(&self, folder: &Path) -> Result<PathBuf> {
        if bundle::weight_files(folder).is_ok() {
            return Ok(folder.to_owned());
        }
        let runs = folder
            .canonicalize()
            .ok()
            .and_then(|folder| folder.parent().map(Path::to_owned))
            .unwrap_or_default();
        let (mut wanted, mut seen) = (self.starts_from.clone(), vec![self.key.clone()]);
        while let Some(key) = wanted.filter(|key| !seen.contains(key)) {
            seen.push(key.clone());
            let (below, run) = Self::of_key(&runs, &key).ok_or_else(|| {
                let problem = Problem::new(format!(
                    "{} starts from a run that is not in {}",
                    self.id,
                    runs.display()
                ));
                problem.hint("name the run in the folder of its sweep")
            })?;
            if bundle::weight_files(&below).is_ok() {
                return Ok(below);
            }
            wanted = run.starts_from;
        }
        let problem = Problem::new(format!(
            "{} holds no whole model, and no run it starts from does",
            self.id
        ));
        Err(problem.hint(match folder.join(REMOVED_FOLDER).is_dir() {
            true => "the model without the heads not kept is in its folder `removed`: name that one; a whole one is stored with store.full = true",
            false => "was it deleted? the sweep does the run anew once its result.json is gone",
        }))
    }

    /// The run of this key among the folders of runs.
    fn of_key(runs: &Path, key: &str) -> Option<(PathBuf, Self)> {
        let entries = std::fs::read_dir(runs).ok()?;
        let folders = entries.flatten().map(|entry| entry.path());
        let mut read = folders.filter_map(|folder| Self::read(&folder).ok().map(|run| (folder, run)));
        read.find(|(_, run)| run.key == key)
    }
}
