//! Where somebody is asked, and where a sweep is refused.

use super::*;

/// The program on a terminal of its own, to which this is typed; none, with a printed reason, where there is no `script`.
fn at_a_terminal(folder: &Folder, more: &str, typed: &str) -> Option<(Option<i32>, String)> {
    let version = Command::new("script").arg("--version").output();
    if !version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("util-linux")) {
        println!("skipped: `script` of util-linux is not installed here");
        return None;
    }
    let program = env!("CARGO_BIN_EXE_headcount");
    let command = format!("'{program}' sweep run x.toml --device flex --jobs 1 --out out {more}");
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(folder.0.path())
        .env("TERM", "dumb")
        .env_remove("RAYON_NUM_THREADS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut keyboard = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut keyboard, typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(keyboard);
    Some((
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    ))
}

#[test]
fn at_a_terminal_it_asks() {
    let folder = Folder::new();
    let dense = "--set 'sweep.methods=[\"dense\"]'";
    for no in ["n\n", "\n", "what\n"] {
        let Some((code, screen)) = at_a_terminal(&folder, dense, no) else {
            return;
        };
        assert_eq!(code, Some(130), "{screen}");
        assert!(
            screen.contains("go on? [y/N] ") && screen.contains("nothing was started"),
            "{screen}"
        );
        assert!(!folder.at("out/runs").exists() && !folder.at("out/experiment.toml").exists());
    }
    let (code, screen) = at_a_terminal(&folder, dense, "y\n").unwrap();
    assert_eq!(code, Some(0), "{screen}");
    assert!(
        screen.contains("go on? [y/N] ") && screen.contains("1 of 1 runs done"),
        "{screen}"
    );
    // Nothing is left to ask about.
    let (code, screen) = at_a_terminal(&folder, dense, "").unwrap();
    assert_eq!((code, screen.contains("go on?")), (Some(0), false), "{screen}");
    let (code, screen) =
        at_a_terminal(&folder, &format!("{dense} --set 'sweep.seeds=[2]' --yes"), "").unwrap();
    assert_eq!((code, screen.contains("go on?")), (Some(0), false), "{screen}");
    assert!(screen.contains("1 run is left; what they take"), "{screen}");
}

#[test]
fn a_model_for_which_memory_does_not_suffice_is_refused_before_any_run() {
    let folder = Folder::new();
    let program = env!("CARGO_BIN_EXE_headcount");
    // Some 50 million numbers are 200 MB, of which training needs several times.
    let command = format!(
        "ulimit -v 600000 && exec '{program}' sweep run x.toml --device flex --jobs 1 --out out \
         --set 'sweep.methods=[\"dense\"]' --set model.layers=4 --set model.width=1024 --set model.feed_forward=4096"
    );
    let output = Command::new("sh")
        .args(["-c", &command])
        .current_dir(folder.0.path())
        .env("RAYON_NUM_THREADS", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(
        text.contains("error: a few updates on this device failed: "),
        "{text}"
    );
    assert!(
        text.contains("hint: memory does not suffice, it seems: by its sizes a run holds about "),
        "{text}"
    );
    assert!(!folder.at("out/runs").exists());
}

#[test]
fn a_disk_without_room_for_a_run_is_refused_and_one_without_room_for_all_warned_of() {
    let folder = Folder::new();
    fs::create_dir(folder.at("disk")).unwrap();
    let program = env!("CARGO_BIN_EXE_headcount");
    let on_a_disk_of = |size: &str| {
        let command = format!(
            "mount -t tmpfs -o size={size} tmpfs disk && exec '{program}' sweep run x.toml --device flex --jobs 1 \
             --out disk/out --set 'sweep.methods=[\"dense\"]' --set 'sweep.seeds=[1, 2, 3, 4]' --set model.width=256 \
             --set model.feed_forward=1024 --set train.updates=1"
        );
        Command::new("unshare")
            .args(["--map-root-user", "--mount", "--", "sh", "-c", &command])
            .current_dir(folder.0.path())
            .stdin(Stdio::null())
            .output()
    };
    let output = match on_a_disk_of("12m") {
        Ok(output) if !said(&output).contains("unshare: ") && !said(&output).contains("mount: ") => output,
        refused => {
            println!("skipped: no file system can be mounted here: {refused:?}");
            return;
        }
    };
    let text = said(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(
        text.contains("error: a run needs about ") && text.contains(" of disk, "),
        "{text}"
    );
    assert!(text.contains("hint: make space"), "{text}");
    // Weights of some 3 MiB, a checkpoint of 9 that is written anew before it goes.
    let output = on_a_disk_of("34m").unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("warning: all runs need about "), "{text}");
}
