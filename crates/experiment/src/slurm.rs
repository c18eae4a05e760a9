//! `[slurm]`: what `--launcher slurm` asks the cluster for. None of it changes a number of a run, so no key holds it.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::finding::Finding;
use crate::sbatch_line::words;

/// Options of `sbatch` that the launcher decides itself.
const OWN_OPTIONS: [&str; 9] = [
    "--array",
    "-a",
    "--dependency",
    "-d",
    "--signal",
    "--output",
    "-o",
    "--job-name",
    "-J",
];

/// What the cluster is asked for, for each run; what is left out is the cluster's default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SlurmSection {
    /// Partition, or several with commas.
    #[serde(deserialize_with = "word")]
    pub partition: Option<String>,
    /// Account that is charged.
    #[serde(deserialize_with = "word")]
    pub account: Option<String>,
    /// Quality of service.
    #[serde(deserialize_with = "word")]
    pub qos: Option<String>,
    /// Time limit of a run as SLURM writes it: minutes, `hours:minutes:seconds`, `days-hours`.
    #[serde(deserialize_with = "word")]
    pub time: Option<String>,
    /// Memory of a run: MiB, or a number with K, M, G or T.
    #[serde(deserialize_with = "word")]
    pub memory: Option<String>,
    /// Cores of a run; `run.threads` if left out.
    pub cpus: Option<usize>,
    /// Accelerators of a run, as `--gres` takes them: `gpu:1`.
    #[serde(deserialize_with = "word")]
    pub gpus: Option<String>,
    /// Runs at the same time, at most; the job arrays then follow one another.
    pub at_once: Option<usize>,
    /// Elements of a job array, at most, where an account may submit fewer than the cluster's `MaxArraySize`.
    pub array_size: Option<usize>,
    /// How often a run that meets its time limit goes back into the queue and on from its checkpoint.
    pub restarts: usize,
    /// Further options of `sbatch`, each as it would stand behind `#SBATCH`: a value with blanks is quoted.
    pub options: Vec<String>,
    /// Lines of shell before the program, such as `module load cuda`.
    pub setup: Vec<String>,
}

impl Default for SlurmSection {
    fn default() -> Self {
        Self {
            partition: None,
            account: None,
            qos: None,
            time: None,
            memory: None,
            cpus: None,
            gpus: None,
            at_once: None,
            array_size: None,
            restarts: 20,
            options: Vec::new(),
            setup: Vec::new(),
        }
    }
}

impl SlurmSection {
    /// Nothing may break out of its line of the script, and nothing may take the place of what the launcher decides.
    pub(crate) fn check(&self) -> Result<(), Finding> {
        let words = [
            ("slurm.partition", &self.partition),
            ("slurm.account", &self.account),
            ("slurm.qos", &self.qos),
            ("slurm.time", &self.time),
            ("slurm.memory", &self.memory),
            ("slurm.gpus", &self.gpus),
        ];
        for (key, value) in words {
            if let Some(value) = value {
                check_word(key, value)?;
            }
        }
        let counts = [
            ("slurm.cpus", self.cpus),
            ("slurm.at_once", self.at_once),
            ("slurm.array_size", self.array_size),
        ];
        for (key, count) in counts {
            if let Some(count) = count {
                Finding::at_least_one(key, count)?;
            }
        }
        for (index, option) in self.options.iter().enumerate() {
            check_option(&format!("slurm.options.{index}"), option)?;
        }
        for (index, line) in self.setup.iter().enumerate() {
            if line.contains('\0') {
                return Err(Finding::new(
                    format!("slurm.setup.{index}"),
                    "holds a null character",
                ));
            }
        }
        Ok(())
    }
}

fn check_word(key: &str, value: &str) -> Result<(), Finding> {
    if value.is_empty() {
        return Err(Finding::new(key, "is empty").hint("leave it out for the cluster's default"));
    }
    let foreign = |character: char| {
        character.is_whitespace() || character.is_control() || matches!(character, '"' | '\'' | '\\' | '#')
    };
    if value.contains(foreign) {
        let message = format!("is {value:?}, but must be one word without quotes, `\\` and `#`");
        return Err(Finding::new(key, message).hint("further options of sbatch go into `slurm.options`"));
    }
    Ok(())
}

fn check_option(key: &str, option: &str) -> Result<(), Finding> {
    if !option.starts_with('-') || option.contains(char::is_control) {
        let message = format!("is {option:?}, but must be one line that begins with `-`");
        return Err(Finding::new(key, message).hint("write options as in [\"--constraint=a100\"]"));
    }
    let quoted = "quote what is not a plain word, as in [\"--comment=\\\"two words\\\"\"]";
    let words = words(option).map_err(|reason| {
        Finding::new(
            key,
            format!("is `{option}`, which sbatch cannot read: it {reason}"),
        )
        .hint(quoted)
    })?;
    let is_value = |word: &&String| !word.starts_with('-');
    // A value may stand apart from its option: one word, behind an option without an equals sign.
    let astray = words.windows(2).find_map(|pair| {
        let takes_no_more = is_value(&&pair[0]) || pair[0].contains('=');
        Some(&pair[1]).filter(is_value).filter(|_| takes_no_more)
    });
    if let Some(word) = astray {
        let message = format!("is `{option}`, of which sbatch would leave out `{word}`");
        return Err(Finding::new(key, message).hint(quoted));
    }
    if let Some(name) = words
        .iter()
        .map(|word| name_of(word))
        .find(|name| OWN_OPTIONS.contains(name))
    {
        let message = format!("is `{option}`, but `{name}` is decided by the launcher");
        return Err(Finding::new(key, message)
            .hint("`slurm.at_once` and `slurm.array_size` are the limits of arrays; leave the option out"));
    }
    Ok(())
}

/// `--array` of `--array=1-3`, `-a` of `-a1-3`.
fn name_of(word: &str) -> &str {
    if word.starts_with("--") {
        word.split('=').next().unwrap_or(word)
    } else {
        word.get(..2).unwrap_or(word)
    }
}

/// A text; a whole number is taken as one, as in `--set slurm.time=60`.
fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    struct Word;

    impl<'de> Visitor<'de> for Word {
        type Value = Option<String>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a text or a whole number")
        }

        fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
            Ok(Some(value.to_owned()))
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
            Ok(Some(value.to_string()))
        }
    }

    deserializer.deserialize_any(Word)
}
