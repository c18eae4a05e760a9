//! Translation through the built program: every method, the files of a run, resuming, and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// As small as it can be; a width of 16 so that four heads have four numbers each.
const TINY: [&str; 15] = [
    "sweep.seeds=[1]",
    "random.draws=2",
    "data.train_examples=300",
    "data.dev_examples=8",
    "data.test_examples=12",
    "model.layers=1",
    "model.decoder_layers=1",
    "sweep.heads_of={}",
    "model.width=16",
    "model.feed_forward=16",
    "train.updates=10",
    "train.batch=16",
    "train.checkpoint_every=4",
    "generate.max_len_b=12",
    "michel.batches=2",
];

fn headcount(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headcount"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .env_remove("RAYON_NUM_THREADS");
    command
}

fn command(out: &Path, set: &[&str]) -> Command {
    let mut command = headcount(&["reproduce", "iwslt", "--device", "flex"]);
    for entry in TINY.iter().chain(set) {
        command.args(["--set", entry]);
    }
    command.arg("--out").arg(out);
    command
}

fn reproduce(out: &Path, set: &[&str]) -> Output {
    let output = command(out, set).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    output
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// results.csv, a map from column to field for each line.
fn rows(out: &Path) -> Vec<BTreeMap<String, String>> {
    let text = read(&out.join("results.csv"));
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned));
    let header: Vec<String> = lines.next().unwrap().collect();
    lines
        .map(|fields| header.iter().cloned().zip(fields).collect())
        .collect()
}

fn run_folder(out: &Path, method: &str) -> PathBuf {
    let named = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(method);
    let folders = fs::read_dir(out.join("runs")).unwrap();
    folders.map(|entry| entry.unwrap().path()).find(named).unwrap()
}

#[test]
fn every_method_runs_and_all_heads_are_the_dense_model_to_the_last_digit() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    // So long that some words are right: a score of 0 would be the same for every model.
    reproduce(
        out,
        &[
            "sweep.heads=[1, 12]",
            "train.clip_gates=false",
            "train.updates=60",
            "fisher.batches=2",
        ],
    );
    let rows = rows(out);
    let values = |method: &str, metric: &str, k: &str| -> BTreeSet<String> {
        let wanted = rows.iter().filter(|row| {
            row["metric"] == metric
                && row["method"] == method
                && row["k_target"] == k
                && row["n_heads"] == "12"
        });
        wanted.map(|row| row["value"].clone()).collect()
    };
    for metric in ["bleu", "sacrebleu"] {
        let dense = values("dense", metric, "12");
        assert_eq!(dense.len(), 1, "{metric}");
        assert!(metric == "bleu" || !dense.contains("0.0"), "{dense:?}");
        // What leaves the dense model's weights as they are.
        for method in ["dsp-pipelined", "ste-pipelined", "michel", "fisher", "random"] {
            assert_eq!(values(method, metric, "12"), dense, "{method} {metric}");
            assert!(!values(method, metric, "1").is_empty(), "{method} {metric}");
        }
        // Outside the clipping, importances of a gate that is 1 throughout touch nothing.
        assert_eq!(values("ste-joint", metric, "12"), dense, "{metric}");
        assert_eq!(values("dsp-joint", metric, "1").len(), 1, "{metric}");
    }
    assert!(
        rows.iter()
            .all(|row| row["task"] == "translation" && row["split"] == "test")
    );
    let signatures: BTreeSet<&str> = rows
        .iter()
        .filter(|row| row["metric"] == "sacrebleu")
        .map(|row| row["signature"].as_str())
        .collect();
    let signature = signatures.first().unwrap();
    assert!(
        signatures.len() == 1 && signature.contains("tok:13a") && signature.contains("headcount-"),
        "{signatures:?}"
    );
    // Two decoder layers' worth of heads less one: a head has 4 x 16 x 4 weights and 3 x 4 biases.
    let one = rows
        .iter()
        .find(|row| row["method"] == "dsp-joint" && row["k_actual"] == "1")
        .unwrap();
    let number = |column: &str| one[column].parse::<u64>().unwrap();
    assert_eq!(
        number("params_before") - number("params_after"),
        11 * (4 * 16 * 4 + 3 * 4)
    );
    let soft = rows
        .iter()
        .find(|row| row["metric"] == "bleu_soft_gates")
        .unwrap();
    assert!(
        soft["signature"].ends_with("; evaluation gate without beta"),
        "{soft:?}"
    );
}

#[test]
fn a_run_leaves_its_translations_its_dictionaries_and_the_heads_it_kept() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    reproduce(
        out,
        &[
            "sweep.heads=[5]",
            "sweep.methods=[\"dense\", \"dsp-joint\", \"random\"]",
        ],
    );
    let dense = run_folder(out, "dense");
    for name in ["dict.de.txt", "dict.en.txt", "config.json", "model.safetensors"] {
        assert!(dense.join(name).is_file(), "{name}");
    }
    let text = read(&dense.join("predictions.test.csv"));
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("variant,example,source,reference,translation"));
    assert_eq!(lines.count(), 12);
    assert!(!text.contains("@@"), "segmentation is undone");
    let draws = read(&run_folder(out, "random").join("predictions.test.csv"));
    assert_eq!(
        draws.lines().filter(|line| line.starts_with("draw-2,")).count(),
        12
    );
    let heads = read(&out.join("heads.csv"));
    let mut lines = heads.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let of =
        |method: &str| -> Vec<&Vec<&str>> { rows.iter().filter(|row| row[at("method")] == method).collect() };
    let kinds: BTreeSet<&str> = of("dsp-joint").iter().map(|row| row[at("kind")]).collect();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        ["decoder-self", "encoder-decoder", "encoder-self"]
    );
    let kept: u32 = of("dsp-joint")
        .iter()
        .map(|row| row[at("kept")].parse::<u32>().unwrap())
        .sum();
    assert_eq!(kept, 5);
    assert!(of("random").is_empty(), "several masks are no mask");
}

/// A training whose translations get better from look to look.
const LEARNING: [&str; 12] = [
    "sweep.methods=[\"dsp-joint\"]",
    "sweep.heads=[4]",
    "data.train_examples=3000",
    "data.dev_examples=30",
    "model.width=64",
    "model.feed_forward=64",
    "train.updates=210",
    "train.warmup=20",
    "train.checkpoint_every=30",
    "select.every=30",
    "select.average=3",
    "dsp.cooldown=0.5",
];

/// Does the run of a finished sweep anew in another folder, in a process that is killed after its fourth checkpoint and
/// in one that goes on.
fn killed_and_done_again(calm: &Path, killed: &Path) {
    let run = run_folder(calm, "dsp-joint");
    let id = run.file_name().unwrap().to_str().unwrap();
    let run = || {
        let mut command = headcount(&["run", "--device", "flex", "--id", id, "--out"]);
        command.arg(killed).arg(calm.join("experiment.toml"));
        command
    };
    let mut child = run().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let metrics = killed.join("runs").join(id).join("metrics.csv");
    let began = Instant::now();
    let reached = || fs::read_to_string(&metrics).is_ok_and(|text| text.lines().count() > 130);
    while !reached() && began.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let output = run().output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("goes on from the checkpoint"), "{said}");
}

#[test]
fn the_best_model_and_the_average_are_the_same_over_an_interruption() {
    for (model, gate) in [("best", "sampled"), ("best", "hard"), ("average", "hard")] {
        let folder = tempfile::tempdir().unwrap();
        let [calm, killed] = ["calm", "killed"].map(|name| folder.path().join(name));
        let (model, gate) = (format!("select.model={model}"), format!("select.gate={gate}"));
        let set = [&LEARNING[..], &[&model, &gate]].concat();
        reproduce(&calm, &set);
        killed_and_done_again(&calm, &killed);
        let of = |out: &Path, name: &str| fs::read(run_folder(out, "dsp-joint").join(name)).unwrap();
        assert!(
            of(&calm, "model.safetensors") == of(&killed, "model.safetensors"),
            "{model} {gate}"
        );
        for name in ["metrics.csv", "gates.csv", "result.json", "predictions.test.csv"] {
            assert!(of(&calm, name) == of(&killed, name), "{model} {gate} {name}");
        }
        if model.ends_with("best") {
            let looks = String::from_utf8(of(&calm, "dev.csv")).unwrap();
            let looks: Vec<(u64, f64)> = looks
                .lines()
                .skip(1)
                .map(|line| {
                    let (update, value) = line.split_once(',').unwrap();
                    (update.parse().unwrap(), value.parse().unwrap())
                })
                .collect();
            let updates: Vec<u64> = looks.iter().map(|(update, _)| *update).collect();
            assert_eq!(updates, [30, 60, 90, 120, 150, 180, 210]);
            let best = looks.iter().map(|(_, value)| *value).fold(0.0, f64::max);
            assert!(best > looks[0].1, "{looks:?}");
            assert!(of(&calm, "dev.csv") == of(&killed, "dev.csv"), "{model} {gate}");
        }
        let left = fs::read_dir(run_folder(&calm, "dsp-joint")).unwrap();
        let left: Vec<String> = left
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".safetensors"))
            .collect();
        assert_eq!(left, ["model.safetensors"]);
    }
}

#[test]
fn what_the_demo_does_not_read_is_refused_and_its_limits_hold() {
    let folder = tempfile::tempdir().unwrap();
    for (set, message) in [
        (
            "data.archive=de-en.tgz",
            "`data.archive` means nothing for `data.source` = \"demo\"",
        ),
        (
            "data.languages=[\"de\", \"de\"]",
            "`data.languages` means nothing",
        ),
        (
            "model.positions=8",
            "test sentences of more than model.positions = 8 tokens",
        ),
        ("generate.beam=300", "`generate.beam` is 300"),
    ] {
        let output = command(folder.path(), &["sweep.heads=[3]", set])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{set}: {said}");
        assert!(said.contains(message), "{set}: {said}");
    }
}

/// Writes a text as a member of an archive.
fn member(archive: &mut tar::Builder<impl std::io::Write>, name: &str, text: &str) {
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    archive
        .append_data(&mut header, format!("de-en/{name}"), text.as_bytes())
        .unwrap();
}

#[test]
fn an_archive_is_prepared_once_and_translated_to_a_score() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("de-en.tgz");
    let file = fs::File::create(&path).unwrap();
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
    for (code, words) in [("de", ["hund", "haus", "sehe"]), ("en", ["dog", "house", "see"])] {
        let lines: String = (0..60)
            .map(|n| format!("{} {} {} .\n", words[n % 3], words[(n + 1) % 3], words[n / 2 % 3]))
            .collect();
        member(
            &mut archive,
            &format!("train.tags.de-en.{code}"),
            &format!("<url>x</url>\n{lines}"),
        );
        for set in [
            "TED.dev2010",
            "TEDX.dev2012",
            "TED.tst2010",
            "TED.tst2011",
            "TED.tst2012",
        ] {
            let text = format!("<doc>\n<seg id=\"1\"> {} . </seg>\n</doc>\n", words[0]);
            member(&mut archive, &format!("IWSLT14.{set}.de-en.{code}.xml"), &text);
        }
    }
    archive.into_inner().unwrap().finish().unwrap();
    fs::write(
        folder.path().join("x.toml"),
        "name = \"x\"\ntask = \"translation\"\n[data]\nsource = \"iwslt14\"\narchive = \"de-en.tgz\"\nmerges = 5\n\
         [model]\nlayers = 1\nwidth = 8\nheads = 2\nfeed_forward = 8\n[train]\nupdates = 2\n[generate]\nbeam = 2\n\
         max_len_b = 5\n[dsp]\ncooldown = 0.5\n[sweep]\nmethods = [\"dense\", \"dsp-joint\"]\nheads = [1]\nseeds = [1, 2]\n",
    )
    .unwrap();
    let reproduce = || {
        let output = headcount(&["reproduce", "x.toml", "--out", "out", "--jobs", "2"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        let cache = fs::read_dir(folder.path().join("out/cache")).unwrap();
        let prepared: Vec<PathBuf> = cache
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .collect();
        assert_eq!(prepared.len(), 1, "{prepared:?}");
        let written = fs::metadata(prepared[0].join("train.de"))
            .unwrap()
            .modified()
            .unwrap();
        assert_eq!(read(&prepared[0].join("test.de")).lines().count(), 5);
        written
    };
    assert_eq!(reproduce(), reproduce());
    let rows = rows(&folder.path().join("out"));
    assert!(
        rows.iter()
            .any(|row| row["metric"] == "bleu" && row["n_examples"] == "5")
    );
}

#[test]
fn only_the_methods_named_keep_the_best_model() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let set = [
        "sweep.methods=[\"dense\", \"dsp-joint\"]",
        "sweep.heads=[3]",
        "select.model=best",
        "select.every=5",
        "select.methods=[\"dsp-joint\"]",
    ];
    reproduce(out, &set);
    assert!(run_folder(out, "dsp-joint").join("best.json").is_file());
    assert!(!run_folder(out, "dense").join("best.json").exists());
}

/// An experiment on files of made-up pairs.
struct Files(tempfile::TempDir);

const EXPERIMENT: &str = r#"
name = "files"
task = "translation"
[data]
source = "files"
corpus = "made-up pairs"
train = [{ path = "train.de", target = "train.en" }]
valid = [{ path = "test.de", target = "test.en" }]
[data.evaluate]
test = [{ path = "test.de", target = "test.en" }]
[model]
layers = 1
heads = 2
width = 8
feed_forward = 8
positions = 6
[train]
updates = 3
batch = 2
[generate]
beam = 2
max_len_b = 4
[dsp]
cooldown = 0.5
[sweep]
methods = ["dense"]
heads = [1]
seeds = [1]
"#;

impl Files {
    fn new() -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        files.write("x.toml", EXPERIMENT);
        files.write("train.de", "ein haus\nein hund\ndas haus ist da\nnein\n");
        files.write("train.en", "a house\na dog\nthe house is here\nno\n");
        files.write("test.de", "ein haus\nein hund\n");
        files.write("test.en", "a house\na dog\n");
        files
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(name), content).unwrap();
    }

    fn reproduce(&self, set: &[&str]) -> (Option<i32>, String) {
        let mut command = headcount(&["reproduce", "x.toml", "--out", "out"]);
        for entry in set {
            command.args(["--set", entry]);
        }
        let output = command.current_dir(self.0.path()).output().unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }

    fn refused(&self, set: &[&str], message: &str) {
        let (code, said) = self.reproduce(set);
        assert_eq!(code, Some(2), "{set:?} {message}: {said}");
        assert!(said.contains("error: ") && said.contains(message), "{said}");
        assert!(
            !self.0.path().join("out/runs").exists(),
            "a run was started: {said}"
        );
    }
}

#[test]
fn pairs_in_files_are_learned_and_translated() {
    let files = Files::new();
    let (code, said) = files.reproduce(&[]);
    assert_eq!(code, Some(0), "{said}");
    // The dictionaries are those of the training text: 4 special symbols and the words.
    let dense = run_folder(&files.0.path().join("out"), "dense");
    assert_eq!(read(&dense.join("dict.en.txt")).lines().count(), 7);
    // Goes on from that model, with its dictionaries, under another seed.
    let weights = format!("model.weights={}", dense.display());
    let (code, said) = files.reproduce(&[&weights, "sweep.seeds=[2]"]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn unusable_training_pairs_are_counted_and_unusable_test_pairs_refused() {
    let files = Files::new();
    files.write("train.de", "ein haus\n\ndas haus ist da da da da\nnein\n");
    let (code, said) = files.reproduce(&["sweep.methods=[\"dense\"]"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("left out 1 pairs with an empty side"), "{said}");
    assert!(
        said.contains("left out 1 pairs with a sentence of more than 6 tokens"),
        "{said}"
    );
    let files = Files::new();
    files.write("test.de", "ein haus\n\n");
    files.refused(&[], "test.de:2: ");
    files.write("test.de", "ein haus\nein hund ein hund ein hund\n");
    files.refused(&[], "test.de:2: ");
}

#[test]
fn files_that_cannot_be_pairs_are_refused() {
    let files = Files::new();
    files.write("train.en", "a house\na dog\n");
    files.refused(&[], "train.de:3: ");
    let files = Files::new();
    files.write("train.de", b"ein haus\n\xff\xfe\nja\nnein\n");
    files.refused(&[], "train.de:2: ");
    let files = Files::new();
    files.write("train.de", "\n\n\n\n");
    files.refused(&[], "train.de");
    let files = Files::new();
    files.refused(
        &["data.train=[{ path = \"train.de\" }]"],
        "`data.train.0.target` is missing",
    );
    files.refused(
        &["data.max_length=64"],
        "`data.max_length` means nothing for the task translation",
    );
    files.refused(&["data.languages=[\"de\", \"fr\"]"], "unknown language `fr`");
    files.refused(&["train.schedule=as-weights"], "`train.schedule` is as-weights");
    files.refused(
        &["data.source=iwslt14"],
        "means nothing for `data.source` = \"iwslt14\"",
    );
    files.refused(
        &["data.merges=5"],
        "`data.merges` means nothing for `data.source` = \"files\"",
    );
    files.refused(
        &["generate.beam=6"],
        "`generate.beam` is 6, but the target dictionary has 11 entries",
    );
    files.refused(
        &["train.max_tokens=3"],
        "`train.max_tokens` is 3, but a training sentence has 5 tokens",
    );
    files.refused(
        &["data.train=[{ path = \"train.de\", target = \"train.en\", format = \"mnli-tsv\" }]"],
        "data.train",
    );
    files.refused(
        &["model.width=2"],
        "`model.width` is 2, but must be an even number of at least 4",
    );
}

#[test]
fn a_dictionary_that_does_not_fit_the_model_is_refused() {
    let files = Files::new();
    let (code, said) = files.reproduce(&[]);
    assert_eq!(code, Some(0), "{said}");
    let dense = run_folder(&files.0.path().join("out"), "dense");
    fs::rename(&dense, files.0.path().join("model")).unwrap();
    fs::remove_dir_all(files.0.path().join("out")).unwrap();
    files.write("other.txt", "ein 3\nhaus 2\n");
    files.refused(
        &[
            "model.weights=model",
            "data.dictionaries=[\"other.txt\", \"model/dict.en.txt\"]",
        ],
        "the de dictionary is not that of model.weights: id 6 is",
    );
    // As many words, in another order.
    let words = read(&files.0.path().join("model/dict.de.txt"));
    let turned: String = words.lines().rev().map(|line| format!("{line}\n")).collect();
    files.write("turned.txt", turned);
    files.refused(
        &[
            "model.weights=model",
            "data.dictionaries=[\"turned.txt\", \"model/dict.en.txt\"]",
        ],
        "the de dictionary is not that of model.weights: id 4 is",
    );
    fs::remove_file(files.0.path().join("model/dict.en.txt")).unwrap();
    files.refused(&["model.weights=model"], "`model.weights` brings no dict.en.txt");
    files.write("other.txt", "ein drei\n");
    files.refused(
        &["data.dictionaries=[\"other.txt\", \"other.txt\"]"],
        "other.txt:1: ",
    );
}

#[test]
fn every_scale_is_planned_as_shipped() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "dict.de.txt",
        "dict.en.txt",
        "train.de",
        "train.en",
        "valid.de",
        "valid.en",
        "test.de",
        "test.en",
        "de-en.tgz",
    ] {
        fs::write(folder.path().join(name), "a 1\n").unwrap();
    }
    let here = folder.path().display();
    let (dir, archive) = (
        format!("data.dir={here}"),
        format!("data.archive={here}/de-en.tgz"),
    );
    let experiments = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments");
    let multi30k = experiments.join("multi30k/small.toml");
    let cases: [(&[&str], &str, &str); 4] = [
        (&["iwslt"], "run.threads=1", "random"),
        (&["iwslt", "--scale", "small"], &dir, "voita-pipelined"),
        (&["iwslt", "--scale", "paper"], &archive, "michel"),
        (&[multi30k.to_str().unwrap()], &dir, "dsp-joint"),
    ];
    for (experiment, set, method) in cases {
        for recipe in ["recipe=released", "recipe=paper"] {
            let output = headcount(&["reproduce"])
                .args(experiment)
                .args(["--dry-run", "--set", set, "--set", recipe, "--out"])
                .arg(folder.path().join("out"))
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{experiment:?}: {said}");
            let plan = String::from_utf8(output.stdout).unwrap();
            assert!(plan.contains(method), "{experiment:?}: {plan}");
        }
    }
}
