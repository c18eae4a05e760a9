//! `headcount prune`: a smaller model from a run, from a folder and a mask, or from a folder and labelled examples.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bundle::ModelConfig;
use clap::Args;
use files::{Draft, FileError};
use heads::{HeadGrid, HeadMask};
use sweep::Executor;
use tasks::inference::{Classifier, Inputs, Network, read_head_mask};
use tasks::{Interruption, use_threads};

use crate::executor::interruptible;
use crate::overrides::Overrides;
use crate::places::{must_be_file, must_be_folder, no_file_in_place_of};
use crate::problem::{Problem, Result};
use crate::pruning::accuracy::Examples;
use crate::pruning::certificate::{Accuracy, Certificate, Facts};
use crate::pruning::choose::{Wanted, choose};
use crate::pruning::settings::check_settings;
use crate::pruning::source::Origin;
use crate::pruning::stopping::Stopping;
use crate::pruning::workshop::{Workshop, resolved};
use crate::pruning::write::{FormatName, bytes_of};
use crate::signals::interruption;
use crate::sweeping::planned::{MOST_THREADS, cores};
use crate::terminal::{ALL_DONE, INTERRUPTED, print};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folder of a model, or of a run, whose mask is taken.
    model: PathBuf,
    /// The heads to keep, as mask.json of a run has them.
    #[arg(long, value_name = "FILE", conflicts_with = "method")]
    mask: Option<PathBuf>,
    /// Let a method choose the heads by the labelled examples of --data.
    #[arg(long, value_parser = METHODS, requires = "data", requires = "number")]
    method: Option<String>,
    /// Heads to keep.
    #[arg(long, group = "number", requires = "method")]
    k: Option<usize>,
    /// Share of the heads to keep, as in 25%.
    #[arg(long, group = "number", requires = "method", value_name = "SHARE", value_parser = share)]
    keep: Option<f64>,
    /// Labelled examples to choose by: GLUE TSV, or JSON lines with premise, hypothesis and label.
    #[arg(long, value_name = "FILE", requires = "method")]
    data: Option<PathBuf>,
    /// Keep the same number of heads in each layer, as tools that know one number of heads need it.
    #[arg(long, requires = "method")]
    uniform: bool,
    /// Train the weights further without the other heads, for so many passes over --data.
    #[arg(long, value_name = "EPOCHS", requires = "method")]
    finetune: Option<f64>,
    /// Where to write; the folder must not exist, or be empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What to write.
    #[arg(long, value_enum, default_value_t = FormatName::Removed)]
    format: FormatName,
    /// Labelled examples on which the model is measured before and after.
    #[arg(long, value_name = "FILE")]
    evaluate: Option<PathBuf>,
    /// Longest input in tokens, while heads are chosen and weights are trained.
    #[arg(long, value_name = "TOKENS", default_value_t = 128, requires = "method", value_parser = tokens)]
    max_length: usize,
    /// Seed of what is random.
    #[arg(long, default_value_t = 1, requires = "method", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: u64,
    /// Times that a batch is computed for the latency in the certificate.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    repeats: u16,
    /// Device.
    #[arg(long, default_value = "auto")]
    device: String,
    /// Threads [default: as many as there are cores].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=MOST_THREADS))]
    threads: Option<u16>,
    #[command(flatten)]
    overrides: Overrides,
}

/// Those that choose heads of a model whose weights stay as they are.
const METHODS: [&str; 7] = [
    "michel",
    "fisher",
    "shapley",
    "attention",
    "dsp-pipelined",
    "simple-pipelined",
    "ste-pipelined",
];
/// Labelled examples that masked and removed are compared on.
const COMPARED: usize = 256;

/// A pair of texts has three special tokens and a word each.
fn tokens(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(tokens) if tokens >= 5 => Ok(tokens),
        _ => Err("a number of at least 5: special tokens and a word of each text".to_owned()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').ok_or("a share ends in %, as in 25%")?;
    let share: f64 = number.parse().map_err(|_| format!("`{number}` is no number"))?;
    match share > 0.0 && share <= 100.0 {
        true => Ok(share / 100.0),
        false => Err("a share is above 0 % and at most 100 %".to_owned()),
    }
}

/// The heads to keep, where their weights are, and who said so.
struct Decided {
    folder: PathBuf,
    mask: HeadMask,
    chosen_by: Option<String>,
}

pub(crate) fn prune(options: &Options) -> Result<u8> {
    let stopping = Stopping::new();
    let of_signal = stopping.clone();
    let interruption = interruption(move || of_signal.stop())?;
    match checked(options, &stopping, &interruption) {
        // What a process that is asked to end fails at is not what is wrong.
        Err(_) if interruption.is_requested() => {
            stopping.stop();
            Ok(INTERRUPTED)
        }
        ended => ended,
    }
}

fn checked(options: &Options, stopping: &Stopping, interruption: &Arc<Interruption>) -> Result<u8> {
    must_be_folder("model", &options.model)?;
    no_file_in_place_of("--out", &options.out)?;
    for (name, file) in [
        ("--mask", &options.mask),
        ("--data", &options.data),
        ("--evaluate", &options.evaluate),
    ] {
        file.as_deref().map_or(Ok(()), |file| must_be_file(name, file))?;
    }
    if let Some(data) = options.data.as_deref().filter(|data| !data.is_file()) {
        let problem = Problem::new(format!("--data {} is a pipe or a device", data.display()));
        return Err(problem.hint("write the examples into a file: they are read more than once"));
    }
    must_be_empty(&options.out)?;
    let out = resolved(&options.out)?;
    let threads = options.threads.map_or_else(cores, usize::from);
    use_threads(threads);
    check_settings(
        options.method.as_deref(),
        options.finetune.is_some(),
        &options.overrides.set,
    )?;
    let origin = Origin::find(&options.model)?;
    if let (FormatName::Onnx, ModelConfig::Translation(_)) = (options.format, &origin.config) {
        let problem = Problem::new("only classifiers are written as ONNX, and this is a translation model");
        return Err(problem.hint("choose --format removed or zeroed"));
    }
    let grid = origin.config.grid().map_err(Problem::new)?;
    let examples = options.evaluate.as_deref().map(Examples::read).transpose()?;
    if let (Some(_), ModelConfig::Translation(_)) = (&examples, &origin.config) {
        let problem = Problem::new("--evaluate measures classifiers, and this is a translation model");
        return Err(problem.hint("`headcount translate` and `headcount score bleu` measure translations"));
    }
    let workshop = Workshop::take(&out)?;
    stopping.works_in(workshop.path());
    // The one that had it may have written meanwhile.
    must_be_empty(&options.out)?;
    let executor = interruptible(Arc::clone(interruption));
    let decided = decide(options, &origin, &grid, workshop.path(), (threads, &executor))?;
    if interruption.is_requested() {
        // By what was then the last update of a training.
        return Err(Problem::new("interrupted"));
    }
    let result = finish(
        options,
        &decided,
        examples
            .as_ref()
            .map(|examples| (examples, origin.folder.as_path())),
        (threads, workshop.path(), stopping),
        &out,
    )?;
    workshop.close()?;
    print(&result)?;
    Ok(ALL_DONE)
}

fn must_be_empty(out: &Path) -> Result<()> {
    if out.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        let problem = Problem::new(format!("--out {} is not empty", out.display()));
        return Err(problem.hint("name a folder that does not exist yet"));
    }
    Ok(())
}

fn decide(
    options: &Options,
    origin: &Origin,
    grid: &HeadGrid,
    work: &Path,
    (threads, executor): (usize, &impl Executor),
) -> Result<Decided> {
    let all = grid.total();
    let of_origin = |mask: HeadMask, chosen_by: Option<String>| Decided {
        folder: origin.folder.clone(),
        mask,
        chosen_by,
    };
    if let Some(file) = &options.mask {
        return Ok(of_origin(
            read_head_mask(file, grid)?,
            Some(file.display().to_string()),
        ));
    }
    let (Some(method), Some(data)) = (&options.method, &options.data) else {
        let Some(mask) = &origin.mask else {
            let problem = Problem::new(format!(
                "nothing says which heads of {} go",
                options.model.display()
            ));
            return Err(problem.hint(
                "name a run that chose heads, give --mask FILE, or --method michel --keep 50% --data FILE",
            ));
        };
        return Ok(of_origin(mask.clone(), origin.run.clone()));
    };
    if let ModelConfig::Translation(_) = origin.config {
        let problem = Problem::new("--method chooses heads of classifiers, and this is a translation model");
        return Err(problem.hint("choose them in a sweep, and name its run"));
    }
    if !origin.config.pruned_heads().is_empty() {
        let problem = Problem::new(format!("{} has lost heads already", origin.folder.display()));
        return Err(problem
            .hint("a method chooses among all heads: name the folder of the whole model, or give --mask"));
    }
    if origin.mask.is_some() {
        let shown = options.model.display();
        let problem = Problem::new(format!(
            "{shown} has chosen its heads already: a mask stands beside its model"
        ));
        return Err(problem.hint("leave --method out, or name the dense model"));
    }
    let k = match (options.k, options.keep) {
        (Some(k), _) => k,
        (None, share) => ((share.unwrap_or(1.0) * all as f64).round() as usize).max(1),
    };
    if k == 0 || k > all {
        let problem = Problem::new(format!("--k is {k}, the model has {all} heads"));
        return Err(problem.hint(format!("keep 1 to {all}")));
    }
    let layers = grid.rows().len();
    if options.uniform && !k.is_multiple_of(layers) {
        let problem = Problem::new(format!(
            "{k} heads cannot be the same number in each of {layers} layers"
        ));
        return Err(problem.hint(format!("keep a multiple of {layers}")));
    }
    if let Some(epochs) = options
        .finetune
        .filter(|epochs| !(epochs.is_finite() && *epochs > 0.0))
    {
        let problem = Problem::new(format!("--finetune is {epochs}, not a number above 0"));
        return Err(problem.hint("1 is a pass over the examples"));
    }
    let folder = &origin.folder;
    let ModelConfig::Encoder(config) = &origin.config else {
        unreachable!("translation models are refused above");
    };
    // Before anything is computed: heads chosen by labels that mean something else are chosen by nothing.
    let examples = Examples::read(data)?;
    examples.classes_of(&config.labels, folder)?;
    let wanted = Wanted {
        folder,
        method,
        heads: all,
        k,
        uniform: options.uniform,
        data,
        rows: examples.rows,
        max_length: options.max_length.min(config.longest_input()),
        finetune: options.finetune,
        seed: options.seed,
        threads,
        device: &options.device,
        set: &options.overrides.set,
        work,
    };
    let chosen = choose(&wanted, executor)?;
    let uniform = if options.uniform {
        ", the same number in each layer"
    } else {
        ""
    };
    let further = options.finetune.map_or(String::new(), |epochs| {
        format!(", then trained for {epochs} passes")
    });
    Ok(Decided {
        folder: chosen.finetuned.unwrap_or_else(|| folder.clone()),
        mask: chosen.mask,
        chosen_by: Some(format!("{method} on {}{uniform}{further}", data.display())),
    })
}

/// Writes, measures and certifies; what to print.
fn finish(
    options: &Options,
    decided: &Decided,
    examples: Option<(&Examples, &Path)>,
    (threads, work, stopping): (usize, &Path, &Stopping),
    out: &Path,
) -> Result<String> {
    let Decided {
        folder,
        mask,
        chosen_by,
    } = decided;
    let config = ModelConfig::read(&folder.join(bundle::CONFIG_FILE))?;
    let draft = Draft::within(work, out).map_err(FileError::writing(&options.out))?;
    stopping.writes(draft.path());
    let written = options.format.write(folder, &config, mask, draft.path())?;
    let full = Network::open(folder, &options.device)?;
    // What was written is read back: the certificate is of that.
    let left = Network::open(&written.model, &options.device)?;
    let (accuracy, inputs) = match examples {
        Some((examples, given)) => {
            let (accuracy, inputs) = measure(options, given, &written.model, examples)?;
            (Some(accuracy), Some(inputs))
        }
        None => (None, None),
    };
    let full_grid = config.full_grid().map_err(Problem::new)?;
    let numbers = full_grid.rows().iter().map(|row| {
        let gone: Vec<usize> = config.pruned_heads().of(row.kind, row.layer).collect();
        (0..row.heads).filter(|head| !gone.contains(head)).collect()
    });
    let certificate = Certificate::new(Facts {
        full: &full,
        left: &left,
        mask,
        numbers: numbers.collect(),
        format: options.format.name(),
        chosen_by: chosen_by.clone(),
        inputs,
        bytes: [bytes_of(folder)?, written.bytes],
        device: &options.device,
        threads,
        repeats: usize::from(options.repeats),
        accuracy,
    })?;
    certificate.write(draft.path())?;
    written.forget(draft.path())?;
    stopping.wrote();
    draft
        .publish(false)
        .map_err(|error| not_published(error, &options.out))?;
    Ok(format!(
        "{}\nwrote {}",
        certificate.summary(),
        options.out.display()
    ))
}

fn not_published(error: io::Error, out: &Path) -> Problem {
    let is_filled = error.kind() == io::ErrorKind::DirectoryNotEmpty;
    let problem = Problem::from(FileError::writing(out)(error));
    match is_filled {
        true => problem.hint("another command has written there meanwhile: choose another --out"),
        false => problem,
    }
}

/// Accuracy of the model in the folder that was given and of the one that was written, and examples to compare masked and removed on.
fn measure(
    options: &Options,
    given: &Path,
    written: &Path,
    examples: &Examples,
) -> Result<(Accuracy, Vec<Inputs>)> {
    let open = |folder: &Path| Classifier::open(folder, None, None, &options.device);
    let whole = open(given)?;
    let classes = examples.classes_of(whole.labels(), given)?;
    let before = examples.accuracy(&whole, &classes)?;
    drop(whole);
    let left = open(written)?;
    let classes = examples.classes_of(left.labels(), written)?;
    let inputs = left.inputs(&examples.spread(COMPARED))?;
    let after = examples.accuracy(&left, &classes)?;
    let accuracy = Accuracy {
        before,
        after,
        examples: examples.len(),
    };
    Ok((accuracy, inputs))
}
