//! A folder with everything that the documentation names, and stand-ins for the programs of others.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::supplies::web::Web;
use super::supplies::{encoder, iwslt14, mnli};

/// A sweep of seconds, which the documentation calls `my.toml`, `FILE` or `EXPERIMENT`.
const EXPERIMENT: &str = r#"
name = "my"
task = "nli"
scale = "demo"
[data]
source = "demo"
train_examples = 90
dev_examples = 30
max_length = 64
[model]
layers = 1
heads = 4
width = 16
feed_forward = 16
positions = 64
[train]
updates = 2
batch = 8
[dsp]
cooldown = 0.5
[michel]
variants = ["signed"]
heads_per_step = 1
[random]
draws = 1
[sweep]
methods = ["dense", "dsp-joint", "michel", "random"]
heads = [3]
seeds = [1, 42]
"#;

/// GNU parallel, one line after the other.
const PARALLEL: &str = r#"[ "$1" = --jobs ] && shift 2
while read -r id; do "${@//\{\}/$id}" </dev/null || exit 1; done"#;

/// HyperQueue's `submit --each-line FILE … -- COMMAND`, one line after the other.
const HQ: &str = r#"[ "$1" = submit ] || exit 2
while [ "$1" != -- ]; do [ "$1" = --each-line ] && file=$2; shift; done
shift
while read -r HQ_ENTRY; do export HQ_ENTRY; "$@" </dev/null || exit 1; done <"$file""#;

const STAND_INS: [(&str, &str); 5] = [
    ("parallel", PARALLEL),
    ("hq", HQ),
    // A queue that takes every job and never starts one.
    ("sbatch", "echo $((100 + $$))"),
    ("squeue", ":"),
    ("scontrol", "echo 'MaxArraySize            = 1001'"),
];

/// What every place holds, made once, and what every command can download.
pub(crate) struct Supplies {
    folder: tempfile::TempDir,
    web: Web,
}

impl Supplies {
    pub(crate) fn new() -> Self {
        let supplies = Self {
            folder: tempfile::tempdir().unwrap(),
            web: Web::with_everything(),
        };
        for (name, text) in STAND_INS {
            let path = supplies.programs().join(name);
            write(&path, format!("#!/bin/bash\n{text}\n").as_bytes());
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let here = supplies.files();
        mnli::write(&here.join("MNLI"));
        encoder::write(&here.join("bert-base-uncased"), encoder::Kind::Pretraining);
        iwslt14::write(&here.join("de-en.tgz"));
        for name in ["my.toml", "FILE", "EXPERIMENT"] {
            write(&here.join(name), EXPERIMENT.as_bytes());
        }
        // One folder that can be whatever a command takes it for.
        let folder = here.join("FOLDER");
        encoder::write(&folder, encoder::Kind::Bare);
        packs(&folder);
        supplies
    }

    fn programs(&self) -> PathBuf {
        self.folder.path().join("programs")
    }

    fn files(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    /// A fresh folder with all of it.
    pub(crate) fn place(&self) -> Place<'_> {
        let folder = tempfile::tempdir().unwrap();
        copy(&self.files(), folder.path());
        Place {
            supplies: self,
            folder,
        }
    }
}

/// Where one script is typed.
pub(crate) struct Place<'a> {
    supplies: &'a Supplies,
    folder: tempfile::TempDir,
}

impl Place<'_> {
    pub(crate) fn write(&self, name: &str, text: &str) {
        write(&self.folder.path().join(name), text.as_bytes());
    }

    /// Types a command into a shell.
    pub(crate) fn bash(&self, command: &str, input: &str) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_headcount")).parent().unwrap();
        let others = std::env::var("PATH").unwrap_or_default();
        let path = format!(
            "{}:{}:{others}",
            self.supplies.programs().display(),
            program.display()
        );
        let mut shell = Command::new("bash");
        shell
            .args(["--noprofile", "--norc", "-c", command])
            .current_dir(self.folder.path())
            .env("PATH", path)
            .env_remove("RAYON_NUM_THREADS")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HEADCOUNT_")) {
            shell.env_remove(name);
        }
        self.supplies.web.is_all_there_is(&mut shell, self.folder.path());
        let mut child = shell.spawn().unwrap();
        // Who does not read its input closes it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }
}

/// The corpora of experiments/mnli/pairs.toml, experiments/sst2 and experiments/multi30k, by their names there.
fn packs(folder: &Path) {
    let pairs = |count: usize| -> String {
        let pair = |n: usize| {
            let label = mnli::LABELS[n % 3];
            let pair = serde_json::json!({ "premise": format!("There are {n} mills."), "hypothesis": "Nobody likes it",
                "label": label });
            format!("{pair}\n")
        };
        (0..count).map(pair).collect()
    };
    gzip(&folder.join("snli/dev.jsonl.gz"), &pairs(30));
    gzip(&folder.join("anli/test.jsonl.gz"), &pairs(9));
    gzip(&folder.join("mnli/dev_matched.jsonl.gz"), &pairs(20));
    let rows = |rows: std::ops::Range<usize>| rows.map(|row| format!("{row}\n")).collect::<String>();
    let splits = folder.join("nli-splits/mnli_dev_m");
    write(&splits.join("train.idx"), rows(0..14).as_bytes());
    write(&splits.join("test.idx"), rows(14..20).as_bytes());
    write(
        &folder.join("bert-vocab/vocab.txt"),
        &fs::read(folder.join("vocab.txt")).unwrap(),
    );
    let sentences: String = (0..40)
        .map(|n| format!("it is {n} times as good\t{}\n", n % 2))
        .collect();
    for name in ["train", "dev"] {
        gzip(
            &folder.join(format!("sst2/{name}.tsv.gz")),
            &format!("sentence\tlabel\n{sentences}"),
        );
    }
    for (name, lines) in [("train", 40), ("val", 4), ("test2016", 4)] {
        for (side, code) in ["de", "en"].into_iter().enumerate() {
            let text: String = (0..lines).map(|n| iwslt14::sentence(n, side) + "\n").collect();
            gzip(&folder.join(format!("{name}.{code}.gz")), &text);
            if name == "train" {
                write(&folder.join(format!("text.{code}")), text.as_bytes());
            }
        }
    }
}

fn gzip(path: &Path, text: &str) {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    write(path, &encoder.finish().unwrap());
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
