//! `dev.csv`: what a model was worth at each look by which models are chosen.

use std::path::Path;

use files::FileError;

const HEADER: &str = "update,value";

/// Updates finished at a look, and what the model was worth.
pub type Look = (u64, f64);

/// Writes all looks of a training.
///
/// # Errors
/// The system refuses.
pub fn write_looks(path: &Path, looks: &[Look]) -> Result<(), FileError> {
    let lines = looks.iter().map(|(update, value)| format!("{update},{value}\n"));
    let text = format!("{HEADER}\n{}", lines.collect::<String>());
    files::store(path, text.as_bytes())
}

/// The looks of an earlier process; none where there is no file. It is written whole or not at all, so that a line of
/// another form was not written here and is left out.
pub fn read_looks(path: &Path) -> Vec<Look> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let parse = |line: &str| {
        let (update, value) = line.split_once(',')?;
        Some((update.parse().ok()?, value.parse().ok()?))
    };
    text.lines().skip(1).filter_map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dev.csv");
        assert!(read_looks(&path).is_empty());
        let looks = [(500, 0.25), (612, 1.0 / 3.0)];
        write_looks(&path, &looks).unwrap();
        assert_eq!(read_looks(&path), looks);
    }
}
