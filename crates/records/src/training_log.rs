//! `metrics.csv` and `gates.csv` of a run, as a training leaves them: read for figures, also while it is at work.

use std::path::Path;

use files::FileError;
use serde::Deserialize;

use crate::RecordError;
use crate::rows::line_error;

/// Name of the file with a line an update, in the folder of a run.
pub const METRICS_FILE: &str = "metrics.csv";
/// Name of the file with the gate's parameters over time.
pub const GATES_FILE: &str = "gates.csv";

/// What is read of one update.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LoggedUpdate {
    /// The update, from 0.
    pub update: u64,
    /// The loss.
    pub loss: f64,
    /// The gate's temperature; none where it has none.
    pub tau: Option<f64>,
    /// The heads whose gate was above 1/2: a digit a head, 1 for open; empty without gates.
    pub open: String,
}

/// The gate's parameters over time.
#[derive(Debug, Clone, PartialEq)]
pub struct GateLog {
    /// What the parameters are called.
    pub names: Vec<String>,
    /// Updates, each with one value a parameter.
    pub lines: Vec<(u64, Vec<f64>)>,
}

/// Reads a metrics.csv. A last line without its end is left out: the training is writing it.
///
/// # Errors
/// The file cannot be read, or a line does not parse; the error names it.
pub fn read_training_log(path: &Path) -> Result<Vec<LoggedUpdate>, RecordError> {
    let text = whole_lines(path)?;
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let mut updates = Vec::new();
    for row in reader.deserialize() {
        updates.push(row.map_err(|error| damaged(path, &error))?);
    }
    Ok(updates)
}

/// Reads a gates.csv; a last line without its end is left out.
///
/// # Errors
/// The file cannot be read, or a line does not parse; the error names it.
pub fn read_gate_log(path: &Path) -> Result<GateLog, RecordError> {
    let text = whole_lines(path)?;
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let header = reader.headers().map_err(|error| damaged(path, &error))?.clone();
    let names = header.iter().skip(1).map(str::to_owned).collect();
    let mut lines = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| damaged(path, &error))?;
        let line = row.position().map_or(0, csv::Position::line);
        let wrong = |field: &str| line_error(path, line, format!("`{field}` is no number"));
        let mut fields = row.iter();
        let first = fields.next().unwrap_or_default();
        let update = first.parse().map_err(|_| wrong(first))?;
        let values = fields.map(|field| field.parse().map_err(|_| wrong(field)));
        lines.push((update, values.collect::<Result<Vec<f64>, RecordError>>()?));
    }
    Ok(GateLog { names, lines })
}

fn whole_lines(path: &Path) -> Result<Vec<u8>, RecordError> {
    let mut text = std::fs::read(path).map_err(FileError::reading(path))?;
    let end = text
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |end| end + 1);
    text.truncate(end);
    Ok(text)
}

fn damaged(path: &Path, error: &csv::Error) -> RecordError {
    let line = error.position().map_or(1, csv::Position::line);
    line_error(path, line, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_are_read_and_what_is_being_written_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(METRICS_FILE);
        let header = "update,loss,penalty,learning_rate,gradient_norm,clip,tau,gate_overflow,open\n";
        let text = format!("{header}0,1.5,0,0.1,1,1,1e1,0,0110\n1,1.25,0,0.1,1,1,,0,\n2,1.0,0,0.");
        std::fs::write(&path, text).unwrap();
        let updates = read_training_log(&path).unwrap();
        assert_eq!(updates.len(), 2);
        assert_eq!((updates[0].tau, updates[0].open.as_str()), (Some(10.0), "0110"));
        assert_eq!((updates[1].loss, updates[1].tau), (1.25, None));
        std::fs::write(&path, format!("{header}0,x,0,0.1,1,1,,0,\n")).unwrap();
        let said = read_training_log(&path).unwrap_err().to_string();
        assert!(said.contains("metrics.csv:2"), "{said}");
    }

    #[test]
    fn gates_are_columns_of_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(GATES_FILE);
        std::fs::write(&path, "update,w_0,w_1\n0,0.5,-1\n10,1e-3,2\n20,1").unwrap();
        let log = read_gate_log(&path).unwrap();
        assert_eq!(log.names, ["w_0", "w_1"]);
        assert_eq!(log.lines, [(0, vec![0.5, -1.0]), (10, vec![0.001, 2.0])]);
        std::fs::write(&path, "update,w_0\n0,no\n").unwrap();
        let said = read_gate_log(&path).unwrap_err().to_string();
        assert!(said.contains("gates.csv:2: `no` is no number"), "{said}");
    }
}
