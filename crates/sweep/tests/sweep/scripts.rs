//! Job scripts as a shell reads them, with paths and words that are hard to quote.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use experiment::{Experiment, Source, load};
use files::Hint;
use methods::Methods;
use sweep::slurm::{Draft, Launch};
use sweep::{Filter, Plan, Store};

/// Folders that a shell, or `sbatch`, may misread.
const NAMES: [&str; 7] = [
    "a b",
    "it's \"so\"",
    "$HOME `id` $(id)",
    "größe 数据 😀",
    "back\\slash 100% #1",
    "[1]*?{a,b}~!&;|<>",
    "-n",
];

/// Writes down its arguments, a line each, and the threads that it was told.
const PROGRAM: &str =
    "#!/bin/sh\n{ printf '%s\\n' \"$@\"; echo \"$RAYON_NUM_THREADS $OMP_NUM_THREADS\"; } >> \"$SEEN\"\n";

fn experiment(sets: &[&str]) -> Experiment {
    let text = "name = 'größe $x'\n[dsp]\ncooldown = 0.5\n[sweep]\nmethods = ['dense', 'random']\nheads = [3]\nseeds = [1]\n[run]\nthreads = 2\n";
    let sets: Vec<_> = sets.iter().map(|set| set.parse().unwrap()).collect();
    load(&Source::embedded("x.toml", text), &sets, &Methods::known()).unwrap()
}

/// What would be submitted for a sweep in `root` by the program at `program`.
fn draft(experiment: &Experiment, program: &Path, root: &Path, device: &str) -> Draft {
    let plan = Plan::new(experiment, &Methods::known()).unwrap();
    let selected = Filter::default().select(&plan);
    let store = Store::new(root);
    let launch = Launch {
        experiment,
        plan: &plan,
        selected: &selected,
        store: &store,
        program,
        device,
        at_once: None,
        retry_failed: false,
    };
    launch.draft().unwrap()
}

fn program(folder: &Path) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let program = folder.join("head count");
    fs::write(&program, PROGRAM).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}

fn bash(arguments: &[&Path], root: &Path, seen: &Path) -> Output {
    Command::new("bash")
        .args(arguments)
        .current_dir(root)
        .env("SLURM_ARRAY_TASK_ID", "1")
        .env("SEEN", seen)
        .output()
        .unwrap()
}

#[test]
fn paths_and_devices_reach_the_program_whole() {
    for name in NAMES {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join(name);
        let program = program(&folder.path().join(format!("bin {name}")));
        let seen = folder.path().join("seen");
        let experiment = experiment(&[]);
        let draft = draft(&experiment, &program, &root, "de'v ice");
        for file in &draft.files {
            let path = root.join(&file.path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &file.text).unwrap();
        }
        let scripts: Vec<_> = draft.files.iter().filter(|file| file.sbatch.is_some()).collect();
        assert_eq!(scripts.len(), 3, "two levels and the report");
        let ids: Vec<&str> = draft
            .files
            .iter()
            .filter(|file| file.sbatch.is_none())
            .map(|file| file.text.trim())
            .collect();
        let root_text = root.to_str().unwrap();
        for (index, script) in scripts.iter().enumerate() {
            let path = root.join(&script.path);
            let checked = bash(&[Path::new("-n"), &path], &root, &seen);
            assert!(checked.status.success(), "{name}: {checked:?}");
            let _ = fs::remove_file(&seen);
            let ran = bash(&[&path], &root, &seen);
            assert!(ran.status.success(), "{name}: {ran:?}");
            let said = fs::read_to_string(&seen).unwrap_or_else(|error| panic!("{name}: {error}, {ran:?}"));
            let experiment = root.join("slurm/001/experiment.toml");
            let expected = match ids.get(index) {
                Some(id) => format!(
                    "run\n{}\n--id\n{id}\n--out\n{root_text}\n--device\nde'v ice\n2 2\n",
                    experiment.display()
                ),
                None => format!("report\n{root_text}\n"),
            };
            assert!(said.starts_with(&expected), "{name}: {said}");
        }
        // Nothing was written elsewhere, as it is where a quote is missing.
        let mut names: Vec<String> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let mut expected = vec![format!("bin {name}"), name.to_owned(), "seen".to_owned()];
        expected.sort();
        assert_eq!(names, expected);
    }
}

#[test]
fn headers_say_to_sbatch_what_the_experiment_says() {
    let sets = [
        r#"slurm.options=["--comment=\"two words\"", "-C a100", "--mail-user=a@b", "--wckey='it is #1'"]"#,
        "slurm.partition=gpu,größe",
        "slurm.time=1-00:00:00",
    ];
    let experiment = experiment(&sets);
    let draft = draft(&experiment, Path::new("/bin/true"), Path::new("/x y"), "auto");
    let script = &draft
        .files
        .iter()
        .find(|file| file.sbatch.is_some())
        .unwrap()
        .text;
    let header: Vec<&str> = script
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with("#SBATCH "))
        .collect();
    for line in [
        // A name that needs no quotes, whatever the experiment is called.
        "#SBATCH --job-name=gr--e--x-level-1",
        "#SBATCH --comment=\"two words\"",
        "#SBATCH -C a100",
        "#SBATCH --wckey='it is #1'",
        "#SBATCH --partition=gpu,größe",
        "#SBATCH --time=1-00:00:00",
    ] {
        assert!(header.contains(&line), "{line} is not in {header:?}");
    }
}

#[test]
fn a_path_of_two_lines_is_refused() {
    let experiment = experiment(&[]);
    let plan = Plan::new(&experiment, &Methods::known()).unwrap();
    let selected = Filter::default().select(&plan);
    for (program, root) in [("/a\nb/p", "/x"), ("/p", "/a\nb")] {
        let store = Store::new(root);
        let launch = Launch {
            experiment: &experiment,
            plan: &plan,
            selected: &selected,
            store: &store,
            program: Path::new(program),
            device: "auto",
            at_once: None,
            retry_failed: false,
        };
        let error = launch.draft().unwrap_err();
        assert!(
            error.to_string().contains("cannot stand in a job script"),
            "{error}"
        );
        assert!(error.hint().unwrap().contains("line feed"));
    }
}
