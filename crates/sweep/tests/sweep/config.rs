//! What is wrong with an experiment is said with its place and, where there is one, its remedy.

use std::fs;
use std::path::Path;

use experiment::{Experiment, ExperimentError, Override, Source, load};
use files::Hint;
use methods::{DspSection, Methods, MichelSection, RandomSection, VoitaSection};

const GOOD: &str = r#"name = "test"
scale = "demo"
[model]
layers = 3
heads = 4
width = 64
positions = 128
[train]
updates = 50
[dsp]
cooldown = 0.5
[sweep]
heads = [
  1,
  2,
]
seeds = [1, 2]
"#;

fn read(text: &str, set: &[&str]) -> Result<Experiment, ExperimentError> {
    let overrides: Vec<Override> = set.iter().map(|entry| entry.parse().unwrap()).collect();
    load(&Source::embedded("x.toml", text), &overrides, &Methods::known())
}

fn error(text: &str, set: &[&str]) -> (String, String) {
    let error = read(text, set).unwrap_err();
    (error.to_string(), error.hint().unwrap_or_default())
}

#[test]
fn a_good_file_is_filled_in() {
    let experiment = read(GOOD, &[]).unwrap();
    assert_eq!(experiment.n_heads(), 12);
    assert_eq!(
        (experiment.train.epochs, experiment.train.updates),
        (None, Some(50))
    );
    assert_eq!(experiment.sweep.methods, ["dense", "dsp-joint", "random"]);
    assert_eq!(experiment.section::<RandomSection>().draws, 10);
}

#[test]
fn mistakes_in_the_file_name_line_key_and_remedy() {
    // What to replace => by what => message => hint.
    let cases = r#"
seeds = [1, 2] => seed = [1] => x.toml:17: unknown key `sweep.seed` => did you mean `sweep.seeds`?
[dsp] => [dps] => x.toml:10: unknown key `dps` => did you mean `dsp`?
updates = 50 => updates = "fifty" => x.toml:9: `train.updates`: invalid type: string "fifty" =>
updates = 50 => updates = -1 => x.toml:9: `train.updates`: invalid value: integer `-1` =>
"demo" => "dmeo" => x.toml:2: `scale`: unknown variant `dmeo`, expected one of `demo`, `small`, `paper` =>
layers = 3 => layers = => x.toml:4: =>
heads = 4 => heads = 5 => x.toml:6: `model.width` is 64, which `model.heads` = 5 does not divide =>
heads = 4 => heads = 0 => x.toml:5: `model.heads` is 0, but must be at least 1 =>
  2, =>   13, => x.toml:15: `sweep.heads.1` is 13, but the model has 3 x 4 = 12 heads => keep 1 to 12 heads
  2, =>   0, => x.toml:15: `sweep.heads.1` is 0 => keep 1 to 12 heads
  2, =>   1, => x.toml:15: `sweep.heads.1` is 1, named a second time =>
seeds = [1, 2] => seeds = [2, 2] => x.toml:17: `sweep.seeds.1` is 2, named a second time =>
seeds = [1, 2] => seeds = [] => x.toml:17: `sweep.seeds` is empty =>
[sweep] => [sweep]~methods = ["dsp"] => x.toml:13: `sweep.methods.0` is `dsp` => the methods are dense, dsp-joint
[sweep] => [sweep]~methods = ["randum"] => x.toml:13: `sweep.methods.0` => did you mean `random`?
cooldown = 0.5 => cooldown = 1.5 => x.toml:11: `dsp.cooldown` is 1.5 =>
cooldown = 0.5 => cooldown = 0.5~cooldown_updates = 5 => x.toml:12: `dsp.cooldown_updates` says the same =>
cooldown = 0.5 => tau_end = 1e-8 => x.toml: `dsp.cooldown` is missing => `cooldown = 0.68`
cooldown = 0.5 => cooldown = 0.5~tau_end = 2e3 => x.toml:12: `dsp.tau_end` is 2000, above `dsp.tau_start` = 1000 =>
cooldown = 0.5 => cooldown = 0.5~tau_end = 0 => x.toml:12: `dsp.tau_end` is 0 =>
cooldown = 0.5 => cooldown = 0.5~learning_rate = inf => x.toml:12: `dsp.learning_rate` is inf =>
updates = 50 => updates = 0 => x.toml:9: `train.updates` is 0 =>
updates = 50 => epochs = nan => x.toml:9: `train.epochs` is NaN =>
updates = 50 => updates = 50~learning_rate = 0 => x.toml:10: `train.learning_rate` is 0 =>
updates = 50 => updates = 50~betas = [0.9, 1.0] => x.toml:10: `train.betas.1` is 1 =>
width = 64 => width = 64~dropout = 1.0 => x.toml:7: `model.dropout` is 1, but must be in [0, 1) =>
width = 64 => width = 64~dropout = -0.1 => x.toml:7: `model.dropout` is -0.1 =>
positions = 128 => positions = 100 => x.toml:7: `model.positions` is 100, fewer than `data.max_length` = 128 =>
name = "test" => name = "a\nb" => x.toml:1: `name` is "a\nb", which holds a control character => letters
name = "test" => name = "../test" => x.toml:1: `name` is `../test` =>
name = "test" => name = "test"~recipe = "papr" => x.toml:2: `recipe`: unknown variant `papr`, expected `released` or `paper` =>
[sweep] => [michel]~heads_per_step = 12~[sweep]~methods = ["michel"] => x.toml:13: `michel.heads_per_step` is 12, but the model has 12 heads =>
[sweep] => [michel]~heads_per_step = 1~variants = ["signed", "signed"]~[sweep]~methods = ["michel"] => x.toml:14: `michel.variants.1` is signed, named a second time =>
cooldown = 0.5 => cooldown = 0.5~waypoints = [[0.6, 0.1]] => x.toml:12: `dsp.waypoints.0` is at 0.6 of the updates, which is not between 0 and `dsp.cooldown` = 0.5 =>
cooldown = 0.5 => cooldown = 0.5~waypoints = [[0.2, 0.1], [0.4, 0.2]] => x.toml:12: `dsp.waypoints.1` is a temperature of 0.2, which is not between 0.1 before it and `dsp.tau_end` = 0.00000001 =>
cooldown = 0.5 => cooldown_updates = 5~waypoints = [[0.2, 0.1]] => x.toml:12: `dsp.waypoints` are shares of the updates, and `dsp.cooldown` is not => write `dsp.cooldown`
cooldown = 0.5 => cooldown = 0.5~settle = 1.0 => x.toml:12: `dsp.settle` is 1; a share of the updates is in [0, 1) => leave it out
[sweep] => [finetune]~schedule = "as-weights"~[sweep]~methods = ["random-finetuned"] => x.toml:13: `finetune.schedule` is that of the weights; there is no other to follow => write "linear"
[sweep] => [fisher]~variants = []~[sweep]~methods = ["fisher"] => x.toml:13: `fisher.variants` is empty; name at least one =>
[sweep] => [voita]~mask = "forced"~[sweep]~methods = ["voita"] => x.toml:13: `voita.mask` is "forced", but a sweep over factors asks for no number of heads => "both" measures
[sweep] => [michel]~heads_per_step = 12~[sweep]~methods = ["michel-finetuned"] => x.toml:13: `michel.heads_per_step` is 12, but the model has 12 heads =>
[sweep] => [shapley]~permutations = 0~[sweep]~methods = ["shapley"] => x.toml:13: `shapley.permutations` is 0, but must be at least 1 =>
[sweep] => [sweep]~methods = ["dense", "scores"] => x.toml: `scores.file` is missing => take `scores` out of `sweep.methods`
[sweep] => [sweep]~splits = ["tune"] => x.toml:13: `sweep.splits.0` is `tune`, no evaluation split of this experiment => the splits are matched, mismatched, valid
[sweep] => [michel]~variants = ["sign"] => x.toml:13: `michel.variants.0`: unknown variant `sign`, expected one of `batch-abs`, `example-abs`, `token-abs`, `signed` =>
[sweep] => [voita]~lambdas = [0.1, -1]~[sweep]~methods = ["voita"] => x.toml:13: `voita.lambdas.1` is -1 =>
[sweep] => [voita]~lambdas = []~[sweep]~methods = ["voita"] => x.toml:13: `voita.lambdas` is empty =>
[sweep] => [voita]~mode = "search"~search_between = [1, 0.1]~[sweep]~methods = ["voita"] => x.toml:14: `voita.search_between` goes from 1 to 0.1 =>
[sweep] => [select]~model = "best"~split = "dev"~[sweep] => x.toml:14: `select.split` is `dev`, no evaluation split => matched, mismatched
[sweep] => [pipelined]~updates = 0~[sweep]~methods = ["ste-pipelined"] => x.toml:13: `pipelined.updates` is 0 =>
seeds = [1, 2] => seeds = [1, 2]~heads_of = { dsp-joynt = [1] } => x.toml:18: `sweep.heads_of.dsp-joynt` is of no method of this program => did you mean `dsp-joint`?
seeds = [1, 2] => seeds = [1, 2]~heads_of = { dsp-joint = [13] } => x.toml:18: `sweep.heads_of.dsp-joint.0` is 13 => keep 1 to 12 heads
seeds = [1, 2] => seeds = [1, 2]~[slurm]~partion = "a" => x.toml:19: unknown key `slurm.partion` => did you mean `slurm.partition`?
seeds = [1, 2] => seeds = [1, 2]~[slurm]~partition = "a b" => x.toml:19: `slurm.partition` is "a b", but must be one word => `slurm.options`
seeds = [1, 2] => seeds = [1, 2]~[slurm]~qos = "a\n#SBATCH --x" => x.toml:19: `slurm.qos` is "a\n#SBATCH --x", but must be one word =>
seeds = [1, 2] => seeds = [1, 2]~[slurm]~memory = "" => x.toml:19: `slurm.memory` is empty => leave it out
seeds = [1, 2] => seeds = [1, 2]~[slurm]~time = true => x.toml:19: `slurm.time`: invalid type: boolean `true`, expected a text or a whole number =>
seeds = [1, 2] => seeds = [1, 2]~[slurm]~cpus = 0 => x.toml:19: `slurm.cpus` is 0, but must be at least 1 =>
seeds = [1, 2] => seeds = [1, 2]~[slurm]~options = ["a100"] => x.toml:19: `slurm.options.0` is "a100" => ["--constraint=a100"]
seeds = [1, 2] => seeds = [1, 2]~[slurm]~options = ["--x=1\n--y"] => x.toml:19: `slurm.options.0` is "--x=1\n--y" =>
seeds = [1, 2] => seeds = [1, 2]~[slurm]~options = ["--comment=it's"] => x.toml:19: `slurm.options.0` is `--comment=it's`, which sbatch cannot read: it holds a ' without its end => quote
seeds = [1, 2] => seeds = [1, 2]~[slurm]~options = ["--comment=a b"] => x.toml:19: `slurm.options.0` is `--comment=a b`, of which sbatch would leave out `b` => quote
seeds = [1, 2] => seeds = [1, 2]~[slurm]~options = ["-C a100 --exclusive", "-C a b"] => x.toml:19: `slurm.options.1` is `-C a b`, of which sbatch would leave out `b` => quote
seeds = [1, 2] => seeds = [1, 2]~[slurm]~options = ["--comment=#1"] => x.toml:19: `slurm.options.0` is `--comment=#1`, which sbatch cannot read: it holds a `#` => quote
seeds = [1, 2] => seeds = [1, 2]~[slurm]~options = ["--exclusive -Jmine"] => x.toml:19: `slurm.options.0` is `--exclusive -Jmine`, but `-J` is decided by the launcher => leave the option out
seeds = [1, 2] => seeds = [1, 2]~[slurm]~options = ["--mail-type=END", "--array=1-3"] => x.toml:19: `slurm.options.1` is `--array=1-3`, but `--array` is decided by the launcher => leave the option out
"#;
    for case in cases.trim().lines() {
        let parts: Vec<&str> = case.split("=>").map(str::trim).collect();
        let [old, new, message, hint] = parts[..] else {
            panic!("{case}")
        };
        let new = &new.replace('~', "\n");
        assert!(GOOD.contains(old));
        let (actual, actual_hint) = error(&GOOD.replacen(old, new, 1), &[]);
        assert!(actual.starts_with(message), "{new}: {actual}");
        assert!(actual_hint.contains(hint), "{new}: {actual_hint}");
        assert_eq!(actual.lines().count(), 1, "{actual}");
    }
}

#[test]
fn set_replaces_and_its_mistakes_are_its_own() {
    let set = [
        "train.updates=7",
        "sweep.seeds=[5]",
        "train.clip=2",
        "name=other",
        "data.seed = 3",
        "dsp.cooldown_updates=4",
        "slurm.time=60",
        "slurm.partition=gpu,cpu",
    ];
    let experiment = read(GOOD, &set).unwrap();
    assert_eq!(
        (experiment.train.updates, experiment.train.epochs),
        (Some(7), None)
    );
    assert_eq!(
        (experiment.sweep.seeds.as_slice(), experiment.data.seed),
        (&[5][..], 3)
    );
    assert_eq!((experiment.train.clip, experiment.name.as_str()), (2.0, "other"));
    assert_eq!(
        (
            experiment.slurm.time.as_deref(),
            experiment.slurm.partition.as_deref()
        ),
        (Some("60"), Some("gpu,cpu"))
    );
    // The one key of the pair replaces the other.
    let dsp: DspSection = experiment.section();
    assert_eq!((dsp.cooldown, dsp.cooldown_updates), (None, Some(4)));

    let cases = "
train.update=5 => --set train.update: unknown key `train.update` => did you mean `train.updates`?
train.updates=many => --set train.updates: `train.updates`: invalid type: string \"many\" =>
sweep.heads=[1, 40] => --set sweep.heads: `sweep.heads.1` is 40 => keep 1 to 12
model.heads=5 => x.toml:6: `model.width` is 64 =>
name.first=x => --set name.first: `name` is a value =>
model.weights=~/no-such => --set model.weights: `model.weights` names ~/no-such, in which no shell has replaced the `~` => $HOME
model.weights=/no/such => --set model.weights: `model.weights` needs /no/such/config.json => Hugging Face
";
    for case in cases.trim().lines() {
        let parts: Vec<&str> = case.split("=>").map(str::trim).collect();
        let [entry, message, hint] = parts[..] else {
            panic!("{case}")
        };
        let (actual, actual_hint) = error(GOOD, &[entry]);
        assert!(actual.starts_with(message), "{entry}: {actual}");
        assert!(actual_hint.contains(hint), "{entry}: {actual_hint}");
    }
}

#[test]
fn set_syntax() {
    for bad in ["train.updates", "=5", "a..b=5", "sweep.methods=[dense]", "name="] {
        assert!(bad.parse::<Override>().is_err(), "{bad}");
    }
    assert!("model.weights=./some path/x".parse::<Override>().is_ok());
}

#[test]
fn updates_alone_are_no_cap_on_default_epochs() {
    let neither = GOOD.replace("updates = 50", "batch = 8");
    assert_eq!(read(&neither, &[]).unwrap().train.epochs, Some(3.0));
    assert_eq!(read(&neither, &["train.updates=9"]).unwrap().train.epochs, None);
    let both = GOOD.replace("updates = 50", "epochs = 2\nupdates = 50");
    let train = read(&both, &[]).unwrap().train;
    assert_eq!((train.epochs, train.updates), (Some(2.0), Some(50)));
}

#[test]
fn a_filled_in_copy_reads_as_itself() {
    for set in [
        &[][..],
        &["train.epochs=1.5"],
        &["dsp.cooldown_updates=3"],
        &["slurm.time=60", "slurm.setup=[\"a b\"]"],
    ] {
        let experiment = read(GOOD, set).unwrap();
        assert_eq!(
            read(&toml::to_string(&experiment).unwrap(), &[]).unwrap(),
            experiment
        );
    }
}

fn corpus(folder: &Path) -> String {
    for name in ["vocab.txt", "a.jsonl", "b.jsonl", "rows.txt"] {
        fs::write(folder.join(name), name).unwrap();
    }
    let dir = toml::Value::from(folder.display().to_string());
    format!(
        "{GOOD}[data]\nsource = \"files\"\ndir = {dir}\nvocabulary = \"vocab.txt\"\ntrain = [\n  {{ path = \"a.jsonl\" }},\n  \
         {{ path = \"b.jsonl\", rows = \"rows.txt\" }},\n]\n[data.evaluate]\nmatched = [{{ path = \"b.jsonl\" }}]\n"
    )
}

#[test]
fn missing_files_are_named_with_their_key_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let text = corpus(folder.path());
    assert!(read(&text, &[]).is_ok());
    let (message, hint) = error(&text, &["data.dir=/no/such"]);
    assert!(
        message.starts_with("--set data.dir: `data.dir` names /no/such"),
        "{message}"
    );
    assert!(hint.contains("--set data.dir=FOLDER"));
    fs::remove_file(folder.path().join("a.jsonl")).unwrap();
    let (message, hint) = error(&text, &[]);
    assert!(
        message.starts_with("x.toml:23: `data.train.0.path` names "),
        "{message}"
    );
    assert!(hint.contains("data.dir"));
    let misspelt = text.replace("rows = ", "row = ");
    let (message, hint) = error(&misspelt, &[]);
    assert_eq!(message, "x.toml:24: unknown key `data.train.1.row`");
    assert_eq!(hint, "did you mean `data.train.1.rows`?");
}

#[test]
fn keys_follow_contents_and_not_paths() {
    let key = |text: &str| {
        sweep::Plan::new(&read(text, &[]).unwrap(), &Methods::known())
            .unwrap()
            .runs()[0]
            .key
            .clone()
    };
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (text, moved) = (corpus(one.path()), corpus(two.path()));
    assert_eq!(key(&text), key(&moved));
    fs::write(two.path().join("rows.txt"), "other rows").unwrap();
    assert_ne!(key(&text), key(&moved));
}

#[test]
fn weights_bring_their_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let config = r#"{"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 8, "intermediate_size": 16,
        "max_position_embeddings": 512, "layer_norm_eps": 1e-12, "vocab_size": 9}"#;
    fs::write(folder.path().join("config.json"), config).unwrap();
    fs::write(folder.path().join("model.safetensors"), "weights").unwrap();
    let set = format!("model.weights={}", folder.path().display());
    let experiment = read(GOOD, &[&set]).unwrap();
    assert_eq!((experiment.n_heads(), experiment.model.width), (4, 8));
    let (message, _) = error(GOOD, &[&set, "sweep.heads=[5]"]);
    assert!(message.contains("the model has 2 x 2 = 4 heads"), "{message}");
}

#[test]
fn the_key_of_a_fixed_experiment_does_not_drift() {
    // A change here makes everybody's stored results void: raise RECIPE_VERSION knowingly or undo it.
    let folder = tempfile::tempdir().unwrap();
    let scores = folder.path().join("scores.csv");
    std::fs::write(&scores, "k,mask\n1,100000000000\n").unwrap();
    let scores = format!("scores.file='{}'", scores.display());
    let methods: Vec<&str> = Methods::known().all().iter().map(|method| method.name).collect();
    let set = format!("sweep.methods={methods:?}");
    let experiment = read(
        GOOD,
        &[
            &set,
            &scores,
            "michel.heads_per_step=1",
            "sweep.seeds=[1]",
            "sweep.heads=[1]",
        ],
    )
    .unwrap();
    let plan = sweep::Plan::new(&experiment, &Methods::known()).unwrap();
    let ids: Vec<&str> = plan.runs().iter().map(|run| run.id.as_str()).collect();
    let expected: Vec<&str> = include_str!("fixed_ids.txt").lines().collect();
    assert_eq!(ids, expected);
}

#[test]
fn a_recipe_fills_in_what_is_left_out() {
    let released = read(GOOD, &[]).unwrap();
    let paper = read(GOOD, &["recipe=paper"]).unwrap();
    let tau_end = |experiment: &Experiment| experiment.section::<DspSection>().tau_end;
    assert_eq!((tau_end(&released), tau_end(&paper)), (1e-8, 0.1));
    assert_ne!(
        released.section::<MichelSection>(),
        paper.section::<MichelSection>()
    );
    // No source has another value of these than the program: they are keys of their own.
    assert_eq!(
        released.section::<VoitaSection>(),
        paper.section::<VoitaSection>()
    );
    let own = read(GOOD, &["recipe=paper", "dsp.tau_end=1e-4"]).unwrap();
    assert_eq!(tau_end(&own), 1e-4);
    // What the switches do not touch is the same run under both recipes.
    let keys = |experiment: &Experiment, method: &str| -> Vec<String> {
        let plan = sweep::Plan::new(experiment, &Methods::known()).unwrap();
        let of = plan.runs().iter().filter(|run| run.method.name == method);
        of.map(|run| run.key.to_string()).collect()
    };
    assert_eq!(keys(&released, "dense"), keys(&paper, "dense"));
    assert_eq!(keys(&released, "random"), keys(&paper, "random"));
    assert_ne!(keys(&released, "dsp-joint"), keys(&paper, "dsp-joint"));
}

#[test]
fn pipelined_pruning_has_a_cooldown_of_its_own() {
    let set = ["dsp.cooldown_updates=5", "sweep.methods=[\"dsp-pipelined\"]"];
    let (message, hint) = error(GOOD, &set);
    assert!(
        message.ends_with("`dsp.pipelined_cooldown_updates` is missing"),
        "{message}"
    );
    assert!(hint.contains("a share, `dsp.cooldown`, serves both"), "{hint}");
    assert!(read(GOOD, &[&set[..], &["dsp.pipelined_cooldown_updates=2"]].concat()).is_ok());
    assert!(read(GOOD, &set[1..]).is_ok());
}

#[test]
fn heads_of_single_methods_replace_those_of_all() {
    let set = [
        "sweep.methods=[\"dsp-joint\", \"random\"]",
        "sweep.heads_of.dsp-joint=[7]",
    ];
    let experiment = read(GOOD, &set).unwrap();
    assert_eq!(
        (experiment.heads_of("dsp-joint"), experiment.heads_of("random")),
        (&[7][..], &[1, 2][..])
    );
    // `--set sweep.heads` is meant for all methods, whatever the file says of single ones.
    let file = format!("{GOOD}[sweep.heads_of]\ndsp-joint = [7]\n");
    let experiment = read(&file, &["sweep.heads=[3]"]).unwrap();
    assert_eq!(experiment.heads_of("dsp-joint"), [3]);
    let experiment = read(&file, &["sweep.heads_of.random=[5]", "sweep.heads=[3]"]).unwrap();
    assert_eq!(
        (experiment.heads_of("dsp-joint"), experiment.heads_of("random")),
        (&[3][..], &[5][..])
    );
}
