//! `headcount score`: scores of translations, line by line against their references.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use data::Lines;
use metrics::bleu::{Bleu, BleuError, BleuOptions, SegmentStats, Smooth, Tokenize, segment_stats};

use crate::problem::{Problem, Result};
use crate::terminal::{ALL_DONE, Format, print};

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// BLEU of a corpus, as sacreBLEU computes it; lines are read one by one.
    Bleu(Options),
}

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// References, one a line; `-` is standard input, and a name in .gz is unpacked.
    #[arg(long = "ref", value_name = "FILE")]
    reference: PathBuf,
    /// Hypotheses, one a line, likewise.
    #[arg(long = "hyp", value_name = "FILE", default_value = "-")]
    hypotheses: PathBuf,
    /// Tokeniser; `none` for text that is tokenised already.
    #[arg(long, value_enum, default_value_t = TokenizeName::V13a)]
    tokenize: TokenizeName,
    /// Smoothing of precisions without a match.
    #[arg(long, value_enum, default_value_t = SmoothName::Exp)]
    smooth: SmoothName,
    /// Lower-case both sides first.
    #[arg(long)]
    lowercase: bool,
    /// One score a line instead of one for all, with the effective order.
    #[arg(long)]
    sentence: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TokenizeName {
    /// That of the WMT evaluation script mteval-v13a.
    #[value(name = "13a")]
    V13a,
    /// White space.
    None,
    /// That of mteval-v14 with international tokenisation.
    Intl,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SmoothName {
    /// Halve for every order without a match.
    Exp,
    /// Count 0.1 matches.
    Floor,
    /// Leave 0, and with it the score.
    None,
}

pub(crate) fn score(action: &Action) -> Result<u8> {
    let Action::Bleu(options) = action;
    let bleu = BleuOptions {
        tokenize: match options.tokenize {
            TokenizeName::V13a => Tokenize::V13a,
            TokenizeName::None => Tokenize::None,
            TokenizeName::Intl => Tokenize::Intl,
        },
        smooth: match options.smooth {
            SmoothName::Exp => Smooth::Exp,
            SmoothName::Floor => Smooth::Floor(Smooth::FLOOR),
            SmoothName::None => Smooth::None,
        },
        lowercase: options.lowercase,
        effective_order: options.sentence,
    };
    if [&options.hypotheses, &options.reference].map(PathBuf::as_path) == [Path::new("-"); 2] {
        let problem = Problem::new("--ref and --hyp are both standard input");
        return Err(problem.hint("name a file for one of them"));
    }
    let mut hypotheses = Lines::open_or_standard_input(&options.hypotheses)?;
    let mut references = Lines::open_or_standard_input(&options.reference)?;
    let mut sum = SegmentStats::default();
    loop {
        match (hypotheses.advance()?, references.advance()?) {
            (true, true) => {
                let stats = segment_stats(hypotheses.line(), references.line(), &bleu);
                if options.sentence {
                    show(options, &bleu, stats)?;
                }
                sum += stats;
            }
            (false, false) => break,
            (true, false) => return Err(ends_early(&references, &hypotheses)),
            (false, true) => return Err(ends_early(&hypotheses, &references)),
        }
    }
    if references.number() == 0 {
        let problem = Problem::new(BleuError::Empty.to_string());
        return Err(problem.hint("name files with one sentence a line"));
    }
    if !options.sentence {
        show(options, &bleu, sum)?;
    }
    Ok(ALL_DONE)
}

fn show(options: &Options, settings: &BleuOptions, stats: SegmentStats) -> Result<()> {
    let bleu = Bleu::from_stats(stats, settings);
    let signature = settings.signature();
    match options.format {
        Format::Table => print(&format!("{}  {signature}", bleu.text())),
        Format::Json => {
            let mut json = serde_json::to_value(bleu).map_err(Problem::new)?;
            json["signature"] = signature.into();
            print(&json.to_string())
        }
    }
}

fn ends_early(short: &Lines, long: &Lines) -> Problem {
    let lines = short.number();
    Problem::new(format!(
        "{} ends after {lines} {}, {} goes on",
        short.path().display(),
        if lines == 1 { "line" } else { "lines" },
        long.path().display()
    ))
    .hint("each hypothesis needs its reference in the same line")
}
