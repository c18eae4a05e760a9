//! Who is at work on a run: a live process is waited for by name, a dead one's lock is taken over.

use std::fs;
use std::io::Read;
use std::process::{Child, Stdio};
use std::time::Duration;

use files::{Holder, Lock};
use methods::Methods;
use sweep::store::RunFolder;
use sweep::{Plan, RunState, Store};

use crate::fake::{ID, clear_fault, executed, experiment, label, order_fault, this_program};

fn wait_for<T>(mut found: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(found) = found() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A process that is at work on the first run of a folder, and stays so.
fn hanging(root: &std::path::Path) -> (Child, RunFolder, sweep::Run) {
    let experiment = experiment(&[1]);
    let store = Store::new(root);
    store.write_experiment(&experiment).unwrap();
    let run = Plan::new(&experiment, &Methods::known()).unwrap().runs()[0].clone();
    order_fault(root, label(&run), "hang");
    let child = process(root, &run).spawn().unwrap();
    wait_for(|| executed(root).contains_key(label(&run)).then_some(()));
    (child, store.run(&run.id), run)
}

fn process(root: &std::path::Path, run: &sweep::Run) -> std::process::Command {
    let mut command = this_program("processes::child_process", root);
    command.env(ID, run.id.as_str()).stdout(Stdio::null());
    command
}

#[test]
fn a_live_process_is_waited_for_by_name_and_a_dead_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let (mut first, run_folder, run) = hanging(root);
    let holder = run_folder.holder().unwrap();
    assert_eq!(holder.pid, first.id());
    assert!(
        !holder.host.is_empty() && holder.since.ends_with('Z'),
        "{holder:?}"
    );
    assert_eq!(run_folder.state(&run).0, RunState::Running);

    let errors = root.join("stderr.txt");
    let stderr = fs::File::create(&errors).unwrap();
    let mut second = process(root, &run).stderr(stderr).spawn().unwrap();
    let said = || fs::read_to_string(&errors).unwrap();
    let waits = format!("waits for {holder}, which is at work on {}\n", run.id);
    wait_for(|| said().contains(&waits).then_some(()));
    assert_eq!(executed(root)[label(&run)], 1, "a live process was not respected");

    clear_fault(root, label(&run));
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(second.wait().unwrap().success());
    assert_eq!(said().matches("waits for").count(), 1);
    assert_eq!(executed(root)[label(&run)], 2);
    assert_eq!(run_folder.state(&run).0, RunState::Done);
    // What the last holder has written stays, and means nothing.
    assert!(
        fs::read_to_string(run_folder.path().join("lock"))
            .unwrap()
            .contains("\"pid\"")
    );
    assert_eq!(run_folder.holder(), None);
}

#[test]
fn a_sweep_says_for_whom_it_waits() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let (mut child, run_folder, run) = hanging(root);
    let holder: Holder = run_folder.holder().unwrap();
    let mut parent = this_program("processes::parent_process", root)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let others = Plan::new(&experiment(&[1]), &Methods::known())
        .unwrap()
        .runs()
        .len()
        - 2;
    // All that does not start from the run.
    wait_for(|| (executed(root).len() > others).then_some(()));
    clear_fault(root, label(&run));
    std::thread::sleep(Duration::from_millis(500));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(parent.wait().unwrap().success());
    let mut said = String::new();
    parent.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let waits = format!("waits for {holder}, which is at work on {}", run.id);
    assert_eq!(said.matches(&waits).count(), 1, "{said}");
}

#[test]
fn who_only_looks_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    fs::write(&path, "").unwrap();
    let looking = fs::File::open(&path).unwrap();
    looking.lock_shared().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(5));
            looking.unlock().unwrap();
        });
        let lock = Lock::acquire(&path, |_| panic!("nobody is at work")).unwrap();
        assert!(!lock.waited());
    });
}
