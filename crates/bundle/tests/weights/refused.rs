//! Files that are no weights, or not whole.

use super::*;

#[test]
fn a_file_that_is_not_whole_is_refused_with_its_bytes() {
    let folder = folder_of(&tensors(&config(Family::Bert)));
    let path = folder.path().join(WEIGHTS_FILE);
    let whole = fs::read(&path).unwrap();
    let mut cases: Vec<(Vec<u8>, &str)> = [0, 7, 8, 100, whole.len() - 1]
        .into_iter()
        .map(|length| (whole[..length].to_vec(), "bytes of"))
        .collect();
    cases.push(([whole.clone(), vec![0]].concat(), "its header explains"));
    cases.push((
        [u64::MAX.to_le_bytes().to_vec(), vec![b'{']].concat(),
        "its header would have",
    ));
    cases.push((
        [4_u64.to_le_bytes().to_vec(), b"{{{{".to_vec()].concat(),
        "its header:",
    ));
    let pointer = b"version https://git-lfs.github.com/spec/v1\n".to_vec();
    cases.push((pointer, "a pointer of git-lfs"));
    let header = br#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#;
    cases.push((
        [(header.len() as u64).to_le_bytes().to_vec(), header.to_vec()].concat(),
        "its header:",
    ));
    for (bytes, wanted) in cases {
        fs::write(&path, bytes).unwrap();
        let error = Weights::of_folder(folder.path()).unwrap_err();
        assert!(matches!(error, BundleError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains(wanted), "{error}");
    }
}

#[test]
fn other_formats_are_refused_by_name_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let none = Weights::of_folder(folder.path()).unwrap_err();
    assert!(none.to_string().ends_with("has no model.safetensors"), "{none}");
    fs::write(folder.path().join("tf_model.h5"), "").unwrap();
    fs::write(folder.path().join("vocab.txt"), "").unwrap();
    let keras = Weights::of_folder(folder.path()).unwrap_err();
    assert!(
        keras
            .to_string()
            .ends_with("has no model.safetensors, only tf_model.h5"),
        "{keras}"
    );
    fs::write(folder.path().join("pytorch_model.bin"), "").unwrap();
    let pickle = Weights::of_folder(folder.path()).unwrap_err();
    assert!(pickle.to_string().contains("pytorch_model.bin"), "{pickle}");
    let hint = pickle.hint().unwrap_or_default();
    assert_eq!(hint.lines().count(), 3, "{hint}");
    assert!(hint.contains("weights_only=True") && hint.contains(&folder.path().display().to_string()));
    let missing = Weights::of_folder(&folder.path().join("none")).unwrap_err();
    assert!(matches!(missing, BundleError::Io { .. }), "{missing}");
    fs::create_dir(folder.path().join(WEIGHTS_FILE)).unwrap();
    let directory = Weights::of_folder(folder.path()).unwrap_err();
    assert!(directory.to_string().contains("this is no file"), "{directory}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_file_and_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(folder.path().join(WEIGHTS_FILE))
        .status();
    assert!(made.unwrap().success());
    let error = Weights::of_folder(folder.path()).unwrap_err();
    assert!(error.to_string().contains("this is no file"), "{error}");
}
