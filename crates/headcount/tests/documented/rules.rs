//! What this test does with each command: run as typed but for what makes it small, or not run, and why.

/// What becomes of the commands that begin with certain words; of several rules, that with the most words counts.
#[derive(Debug)]
pub(crate) struct Rule {
    /// First words, after the substitutions, without variables of the environment.
    pub(crate) begins: &'static str,
    pub(crate) how: How,
}

#[derive(Debug)]
pub(crate) enum How {
    /// Typed into a shell; it has to end with 0.
    Run(Run),
    /// Not run here, and why.
    NotRun(&'static str),
}

/// How a command is run.
#[derive(Debug)]
pub(crate) struct Run {
    /// Commands before it, which give it what it starts from.
    pub(crate) given: &'static [&'static str],
    /// What makes it small, or is left out in a list of commands: appended if its first word is not there already.
    pub(crate) adds: &'static [&'static [&'static str]],
    /// Its standard input.
    pub(crate) input: &'static str,
    /// Commands after it, each of which has to end with 0 too.
    pub(crate) then: &'static [&'static str],
}

pub(crate) type Texts = &'static [&'static str];

pub(crate) const fn given(begins: &'static str, given: Texts, adds: &'static [Texts], then: Texts) -> Rule {
    let input = "";
    Rule {
        begins,
        how: How::Run(Run {
            given,
            adds,
            input,
            then,
        }),
    }
}

pub(crate) const fn run(begins: &'static str, adds: &'static [Texts], then: Texts) -> Rule {
    given(begins, &[], adds, then)
}

/// A filter of text.
const fn text(begins: &'static str, given: Texts, adds: &'static [Texts]) -> Rule {
    let (input, then) = ("Die alte Mühle steht am Fluss .\nNiemand\n", &[]);
    Rule {
        begins,
        how: How::Run(Run {
            given,
            adds,
            input,
            then,
        }),
    }
}

const fn not_run(begins: &'static str, why: &'static str) -> Rule {
    Rule {
        begins,
        how: How::NotRun(why),
    }
}

/// Every method is in tests/scales; here two trainings of two updates show that the command is one.
const FEW: Texts = &[
    "--set train.updates=2",
    "--set 'sweep.methods=[\"dense\", \"dsp-joint\"]'",
    "--set sweep.heads=[3]",
    "--set sweep.heads_of={}",
    "--set sweep.seeds=[1]",
];

/// Of a corpus of the program, fewer examples.
const NLI_DEMO: Texts = &["--set data.train_examples=300", "--set data.dev_examples=30"];
const TRANSLATION_DEMO: Texts = &[
    "--set data.train_examples=300",
    "--set data.dev_examples=8",
    "--set data.test_examples=8",
];

/// Sizes of an encoder-decoder.
const SMALL: Texts = &[
    "--set model.layers=1",
    "--set model.decoder_layers=1",
    "--set model.width=16",
    "--set model.feed_forward=16",
];

/// Text that is segmented already, for an experiment that is given FOLDER.
const SEGMENTED: Texts = &["headcount data generate translation --out FOLDER --train 60 --valid 5 --test 5"];

const PARALLEL: Texts = &[
    "--source-language de",
    "--target-language en",
    "--train FOLDER/train.de.gz FOLDER/train.en.gz",
    "--valid FOLDER/val.de.gz FOLDER/val.en.gz",
    "--test FOLDER/test2016.de.gz FOLDER/test2016.en.gz",
    "--out prepared",
];

const DECODE: Texts = &[
    "--layers 1",
    "--width 16",
    "--vocab 50",
    "--batch 2",
    "--length 5",
    "--beam 2",
    "--rounds 1",
];

const OF_PROGRAM: &[Rule] = &[
    run(
        "headcount reproduce mnli",
        &[FEW, NLI_DEMO],
        &["test -s results/mnli-demo/accuracy_vs_heads.png"],
    ),
    run(
        "headcount reproduce mnli --launcher slurm",
        &[FEW, NLI_DEMO],
        &["test -s results/mnli-demo/slurm/jobs.json"],
    ),
    given(
        "headcount reproduce mnli --set scores.file=mine.csv",
        &[
            "(echo layer,head,score; for l in 0 1 2; do for h in 0 1 2 3; do echo $l,$h,0.$l$h; done; done) > mine.csv",
        ],
        &[
            &[
                "--set train.updates=2",
                "--set finetune.updates=2",
                "--set sweep.heads=[3]",
                "--set sweep.seeds=[1]",
            ],
            NLI_DEMO,
        ],
        &["grep -q scores-finetuned results/mnli-demo/results.csv"],
    ),
    run(
        "headcount reproduce mnli --scale small",
        &[FEW],
        &["test -s results/mnli-small/accuracy_vs_heads.png"],
    ),
    run(
        "headcount reproduce mnli --scale paper",
        &[FEW],
        &["test -s results/mnli-paper/accuracy_vs_heads.png"],
    ),
    run(
        "headcount reproduce iwslt",
        &[FEW, TRANSLATION_DEMO, SMALL],
        &["test -s results/iwslt-demo/heads_by_kind.png"],
    ),
    run(
        "headcount reproduce iwslt --scale small",
        &[FEW, SMALL],
        &["test -s results/iwslt-small/bleu_vs_heads.png"],
    ),
    run(
        "headcount reproduce iwslt --scale paper",
        &[FEW, SMALL],
        &["test -s results/iwslt-paper/bleu_vs_heads.png"],
    ),
    // A dry run, with everything that a synopsis has in brackets.
    run(
        "headcount reproduce mnli --jobs 2",
        &[FEW, NLI_DEMO],
        &["test ! -e DIR"],
    ),
    run(
        "headcount reproduce iwslt --jobs 2",
        &[FEW, TRANSLATION_DEMO, SMALL],
        &["test ! -e DIR"],
    ),
    run("headcount reproduce FILE --jobs 2", &[], &["test ! -e DIR"]),
    run(
        "headcount reproduce FILE",
        &[],
        &["test -s results/my/accuracy_vs_heads.png"],
    ),
    run(
        "headcount reproduce ROOT/experiments/mnli/pairs.toml",
        &[FEW],
        &["test -s results/mnli-pairs/accuracy_vs_heads.png"],
    ),
    run(
        "headcount reproduce ROOT/experiments/sst2/small.toml",
        &[FEW],
        &["test -s results/sst2-small/accuracy_vs_heads.png"],
    ),
    given(
        "headcount reproduce ROOT/experiments/multi30k/small.toml --set data.dir=FOLDER",
        SEGMENTED,
        &[FEW, SMALL],
        &["test -s results/multi30k-small/bleu_vs_heads.png"],
    ),
    run(
        "headcount reproduce ROOT/experiments/multi30k/small.toml",
        &[FEW, SMALL],
        &[
            "test -s data/multi30k-prepared/prepared.toml",
            "test -s results/multi30k-small/bleu_vs_heads.png",
        ],
    ),
    run(
        "headcount reproduce ROOT/experiments/multi30k/small.toml --set data.dir=multi30k",
        &[FEW, SMALL],
        &["test -s results/multi30k-small/bleu_vs_heads.png"],
    ),
    run(
        "headcount reproduce ROOT/experiments/multi30k/figure.toml",
        &[FEW, SMALL],
        &["test -s results/multi30k-figure/bleu_vs_heads.png"],
    ),
    run(
        "headcount reproduce ROOT/experiments/nli/figure.toml",
        &[FEW],
        &["test -s results/nli-figure/accuracy_vs_heads.png"],
    ),
    run(
        "headcount reproduce ROOT/experiments/mnli/full.toml",
        &[FEW, NLI_DEMO],
        &["test -s results/mnli-full/accuracy_vs_heads.png"],
    ),
    run(
        "headcount reproduce ROOT/experiments/iwslt/full.toml",
        &[FEW, TRANSLATION_DEMO, SMALL],
        &["test -s results/iwslt-full/heads_by_kind.png"],
    ),
    given(
        "headcount tune TRIALS",
        &[concat!(
            "printf 'experiment = \"FILE\"\\nseeds = [5]\\nheads = [2]\\n",
            "[[method]]\\nname = \"random\"\\ntrials = [{}]\\n' > TRIALS",
        )],
        &[],
        &["grep -q ',true$' DIR/trials.csv"],
    ),
    run(
        "headcount tune ROOT/experiments/mnli/trials.toml",
        &[
            &["--method dsp-joint", "--method michel", "--set train.updates=2"],
            NLI_DEMO,
        ],
        &["grep -q ',true$' results/mnli-trials/trials.csv"],
    ),
    run(
        "headcount tune ROOT/experiments/iwslt/trials.toml",
        &[
            &["--method voita", "--set train.updates=2"],
            TRANSLATION_DEMO,
            SMALL,
        ],
        &["grep -q ',true$' results/iwslt-trials/trials.csv"],
    ),
    run(
        "headcount tune ROOT/experiments/multi30k/trials.toml",
        &[&["--method fisher", "--set train.updates=2"], SMALL],
        &["grep -q ',true$' results/multi30k-trials/trials.csv"],
    ),
    run("headcount sweep plan", &[], &[]),
    run("headcount sweep status", &[], &[]),
    run(
        "headcount sweep run FILE",
        &[],
        &["test -s results/my/results.csv"],
    ),
    run(
        "headcount sweep run my.toml --out my",
        &[],
        &["test -s my/results.csv"],
    ),
    run(
        "headcount sweep run my.toml --out data/my --launcher slurm",
        &[],
        &["test -s data/my/slurm/jobs.json"],
    ),
    run(
        "headcount sweep run my.toml --out data/my --launcher slurm --dry-run",
        &[],
        &["test ! -e data/my"],
    ),
    run("headcount run FILE", &[], &["ls results/my/runs/*/result.json"]),
    run("headcount run EXPERIMENT", &[], &["ls FOLDER/runs/*/result.json"]),
    run(
        "while ids=$(headcount sweep plan my.toml --out my --format ids)",
        &[],
        // Whatever is left failed.
        &[
            "test -z \"$(headcount sweep plan my.toml --out my --format ids)\"",
            "ls my/runs/*/result.json",
        ],
    ),
    given(
        "hq submit",
        &[
            "headcount sweep plan my.toml --out my --format ids > ids.txt",
            "test -s ids.txt",
        ],
        &[],
        &["for id in $(cat ids.txt); do test -s my/runs/$id/result.json || exit 1; done"],
    ),
    given(
        "headcount report DIR",
        &[
            "headcount sweep run FILE --out DIR",
            "rm DIR/curves.csv DIR/*.png",
        ],
        &[],
        &["test -s DIR/curves.csv", "test -s DIR/accuracy_vs_heads.png"],
    ),
    run(
        "headcount verify",
        &[&["ROOT/data/golden/gates/topk_mask.json"]],
        &[],
    ),
    run("headcount devices", &[], &[]),
    given(
        "headcount score bleu --ref FILE",
        &["cp FOLDER/text.en FILE"],
        &[&["<FOLDER/text.en"]],
        &[],
    ),
    run("headcount bench step", &[&["--updates 1"]], &[]),
    run("headcount bench gate", &[&["--n 8", "--k 3"]], &[]),
    run("headcount bench decode", &[DECODE], &[]),
    text("headcount text tokenize", &[], &[&["--lang de"]]),
    text("headcount text detokenize", &[], &[&["--lang de"]]),
    text("headcount text lowercase", &[], &[]),
    text("headcount text bpe-learn", &[], &[&["--merges 5"]]),
    text(
        "headcount text bpe-apply",
        &["headcount text bpe-learn --merges 5 FOLDER/text.de > codes"],
        &[&["--codes codes"]],
    ),
    text(
        "headcount text wordpiece",
        &[],
        &[&["--vocab bert-base-uncased/vocab.txt"]],
    ),
    run(
        "headcount data generate nli",
        &[&["--train 9", "--dev 3"]],
        &["test -s DIR/vocab.txt"],
    ),
    run(
        "headcount data generate translation",
        &[&["--train 30", "--valid 4", "--test 5"]],
        &["test -s DIR/dict.en.txt"],
    ),
    // Names of commands.
    run("headcount data fetch", &[&["--help"]], &[]),
    run("headcount data fetch mnli", &[], &["test -s data/mnli/train.tsv"]),
    run("headcount data fetch sst2", &[], &["ls */sst2/dev.tsv"]),
    run(
        "headcount data fetch iwslt14",
        &[],
        &["test -s data/iwslt14/de-en.tgz"],
    ),
    run(
        "headcount data fetch multi30k",
        &[],
        &["test -s data/multi30k/train.de.gz"],
    ),
    run("headcount data prepare", &[&["--help"]], &[]),
    run(
        "headcount data prepare iwslt14",
        &[&["--archive de-en.tgz", "--out DIR"]],
        &["ls */prepared.toml"],
    ),
    run(
        "headcount data prepare parallel",
        &[PARALLEL],
        &["ls */prepared.toml"],
    ),
    not_run("cargo test", "runs this test among others"),
    not_run("cargo bench", "takes minutes; built with every target by .ci/run"),
    not_run("cargo build", "has built the program"),
    not_run("cargo fmt", "of .ci/run"),
    not_run("cargo clippy", "of .ci/run"),
    not_run("just fuzz", "takes as long as it is told to"),
    not_run("cargo deny", "asks the network for advisories"),
    not_run("python", "another program, which needs PyTorch"),
    not_run("python3", "another program, which needs PyTorch"),
    not_run("site=$(python", "another program"),
    not_run("export LIBTORCH_USE_PYTORCH=", "for a build with libtorch"),
    not_run("export LD_LIBRARY_PATH=", "for a build with libtorch"),
];

/// All rules.
pub(crate) fn rules() -> impl Iterator<Item = &'static Rule> {
    OF_PROGRAM.iter().chain(super::models::RULES)
}
