//! `headcount translate`: an encoder-decoder of a folder translates lines of text.

use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;

use bundle::ModelConfig;
use clap::Args;
use data::moses::Buffers;
use tasks::inference::{Input, SearchOptions, Translator};

use crate::cli::answering::Reading;
use crate::places::must_be_folder;
use crate::problem::{Problem, Result};
use crate::pruning::source::Origin;
use crate::terminal::ALL_DONE;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Model folder: whole, with heads removed, or of a run, whose mask is obeyed.
    model: PathBuf,
    /// Lines are segmented text, also where the folder holds what prepares raw text; so are translations, but for joined
    /// units.
    #[arg(long)]
    segmented: bool,
    /// Hypotheses of each sentence; 1 is greedy search.
    #[arg(long, default_value_t = 5)]
    beam: usize,
    /// Scores are divided by the length to this power: above 1 favours long translations.
    #[arg(long, default_value_t = 1.0)]
    length_penalty: f64,
    /// Most words of a translation.
    #[arg(long, value_name = "WORDS", default_value_t = 200)]
    max_words: usize,
    /// Language of the source, where the folder does not say it: the end of the name of its dictionary.
    #[arg(long, value_name = "CODE", requires = "to")]
    from: Option<String>,
    /// Language of the translations, likewise.
    #[arg(long, value_name = "CODE", requires = "from")]
    to: Option<String>,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn translate(options: &Options) -> Result<u8> {
    must_be_folder("model", &options.model)?;
    if !options.length_penalty.is_finite() {
        return Err(Problem::new("--length-penalty is not a finite number"));
    }
    if options.max_words == 0 {
        return Err(Problem::new("--max-words is 0").hint("a translation has a word at least"));
    }
    options.reading.use_threads();
    let languages = match (&options.from, &options.to) {
        (Some(from), Some(to)) => Some([from.clone(), to.clone()]),
        _ => None,
    };
    let input = if options.segmented {
        Input::Segmented
    } else {
        Input::Found
    };
    let search = SearchOptions {
        beam: options.beam,
        length_penalty: options.length_penalty,
        max_words: options.max_words,
    };
    let origin = Origin::find(&options.model)?;
    if let ModelConfig::Encoder(_) = origin.config {
        let shown = options.model.display();
        let problem = Problem::new(format!(
            "{shown} is a classifier, and translation models are asked here"
        ));
        return Err(problem.hint(format!("`headcount predict {shown}` gives labels to lines")));
    }
    let mut translator = Translator::open(
        &origin.folder,
        origin.mask.as_ref(),
        languages.as_ref(),
        input,
        search,
        &options.reading.device,
    )?;
    let mut windows = options.reading.open()?;
    let mut out = BufWriter::new(stdout().lock());
    let mut buffers = Buffers::default();
    let longest = translator.longest();
    loop {
        let window = windows.next(|line| {
            let units = translator.units(line, &mut buffers);
            match units.len() > longest {
                true => Err(format!(
                    "{} units with the end of the sentence, the model was made for at most {longest}",
                    units.len()
                )),
                false => Ok(units),
            }
        })?;
        if window.is_empty() {
            return Ok(ALL_DONE);
        }
        // Without a word there is nothing to translate.
        let has_words = |units: &&Vec<u32>| units.len() > 1;
        let sentences: Vec<Vec<u32>> = window.iter().flatten().filter(has_words).cloned().collect();
        let mut translations = translator.translate(&sentences)?.into_iter();
        for line in &window {
            let translation = line.as_ref().filter(has_words).and_then(|_| translations.next());
            writeln!(out, "{}", translation.unwrap_or_default())?;
        }
        out.flush()?;
    }
}
