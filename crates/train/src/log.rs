//! What a training leaves to read: `metrics.csv`, a line an update, and `gates.csv`, the importances over time.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use heads::{HeadGate, HeadMask};

use crate::{Observer, TrainError, Trainer, UpdateRecord};

/// Lines that gates.csv has at most, whatever the length of the training.
const GATE_LINES: u64 = 250;

/// Column of metrics.csv with the heads that were open.
const OPEN_COLUMN: &str = "open";

/// The logs of a training, beside its checkpoint.
pub(crate) const LOGS: [&str; 2] = ["metrics.csv", "gates.csv"];

/// A CSV file that can be continued after an interruption.
#[derive(Debug)]
struct Table {
    path: PathBuf,
    writer: csv::Writer<File>,
}

impl Table {
    /// Opens `path` with `header`, keeping the rows of updates before `finished` that an earlier start has written.
    fn open(path: &Path, header: &[String], finished: u64) -> Result<Self, TrainError> {
        let kept = if finished > 0 {
            rows_before(path, header, finished)
        } else {
            Vec::new()
        };
        // Whole at once: a kill on the way must not cost rows that are on the disk.
        let begin = || -> io::Result<File> {
            let mut begun = csv::Writer::from_writer(Vec::new());
            begun.write_record(header)?;
            for row in &kept {
                begun.write_record(row)?;
            }
            files::write(
                path,
                &begun.into_inner().map_err(csv::IntoInnerError::into_error)?,
            )?;
            OpenOptions::new().append(true).open(path)
        };
        Ok(Self {
            writer: csv::Writer::from_writer(begin().map_err(|error| TrainError::write(path, error))?),
            path: path.to_owned(),
        })
    }

    fn write<T: AsRef<[u8]>>(&mut self, fields: &[T]) -> Result<(), TrainError> {
        self.writer
            .write_record(fields)
            .map_err(|error| TrainError::write(&self.path, error.into()))
    }

    fn flush(&mut self) -> Result<(), TrainError> {
        self.writer
            .flush()
            .map_err(|error| TrainError::write(&self.path, error))
    }
}

/// Whole rows of an earlier start; a last line cut short by a kill is dropped.
fn rows_before(path: &Path, header: &[String], finished: u64) -> Vec<csv::StringRecord> {
    let Ok(mut reader) = csv::Reader::from_path(path) else {
        return Vec::new();
    };
    if reader
        .headers()
        .map_or(true, |found| found.iter().ne(header.iter().map(String::as_str)))
    {
        return Vec::new();
    }
    let update = |row: &csv::StringRecord| row.get(0).and_then(|field| field.parse::<u64>().ok());
    reader
        .records()
        .flatten()
        .filter(|row| update(row).is_some_and(|n| n < finished))
        .collect()
}

/// `metrics.csv`: update, loss, penalty, learning rate, gradient norm, clip, temperature, whether the gate's derivative
/// overflowed, and the heads whose gate was above 1/2: a digit a head, 1 for open; empty without gates.
#[derive(Debug)]
pub struct MetricsLog(Table);

impl MetricsLog {
    /// Begins or continues the file at `finished` updates.
    pub fn open(path: &Path, finished: u64) -> Result<Self, TrainError> {
        let header = [
            "update",
            "loss",
            "penalty",
            "learning_rate",
            "gradient_norm",
            "clip",
            "tau",
            "gate_overflow",
            OPEN_COLUMN,
        ];
        Table::open(path, &header.map(str::to_owned), finished).map(Self)
    }
}

impl<M> Observer<M> for MetricsLog {
    fn after_update(&mut self, _: &Trainer<M>, record: &UpdateRecord) -> Result<(), TrainError> {
        self.0.write(&[
            record.update.to_string(),
            record.loss.to_string(),
            record.penalty.to_string(),
            record.learning_rate.to_string(),
            record.gradient_norm.to_string(),
            record.clip.to_string(),
            record
                .temperature
                .map_or_else(String::new, |tau| format!("{tau:e}")),
            u8::from(record.gate_overflow).to_string(),
            HeadMask::above(&record.gates, 0.5).digits(),
        ])?;
        // A reader follows a running training, and a checkpoint must not be ahead of what is written; a line an update is
        // little beside the update itself.
        self.0.flush()
    }
}

/// The heads whose gate was above 1/2 at each update of a training of `heads` heads, as its metrics.csv has them.
///
/// # Errors
/// The file cannot be read, or says something else.
pub fn open_heads_of(path: &Path, heads: usize) -> Result<Vec<HeadMask>, TrainError> {
    let unreadable = |error: csv::Error| TrainError::read(path, error.into());
    let mut reader = csv::Reader::from_path(path).map_err(unreadable)?;
    let header = reader.headers().map_err(unreadable)?.clone();
    let column = header.iter().position(|name| name == OPEN_COLUMN);
    let mut masks = Vec::new();
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        let field = column.and_then(|column| row.get(column)).unwrap_or_default();
        let mask = HeadMask::from_digits(field).filter(|mask| mask.total() == heads);
        masks.push(mask.ok_or_else(|| {
            let reason = format!("`{field}` in column {OPEN_COLUMN} is no mask of {heads} heads");
            TrainError::read(path, io::Error::new(io::ErrorKind::InvalidData, reason))
        })?);
    }
    Ok(masks)
}

/// `gates.csv`: update and the gate's parameters, for most methods one importance a head; at most 250 lines.
#[derive(Debug)]
pub struct GateLog {
    table: Table,
    every: u64,
}

impl GateLog {
    /// Begins or continues the file at `finished` of `updates` updates of `gate`. Columns are called by the groups of its
    /// parameters.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn open(path: &Path, gate: &dyn HeadGate, updates: u64, finished: u64) -> Result<Self, TrainError> {
        let mut header = vec!["update".to_owned()];
        for group in gate.parameters() {
            header.extend((0..group.values.len()).map(|place| format!("{}_{place}", group.name)));
        }
        let every = updates.div_ceil(GATE_LINES).max(1);
        Ok(Self {
            table: Table::open(path, &header, finished)?,
            every,
        })
    }
}

impl<M> Observer<M> for GateLog {
    fn after_update(&mut self, _: &Trainer<M>, record: &UpdateRecord) -> Result<(), TrainError> {
        if !record.update.is_multiple_of(self.every) {
            return Ok(());
        }
        let mut fields = vec![record.update.to_string()];
        fields.extend(record.parameters.iter().map(f64::to_string));
        self.table.write(&fields)?;
        self.table.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_continued_table_keeps_whole_rows_before_the_checkpoint() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        std::fs::write(&path, "update,loss\n0,1.5\n1,1.25\n2,1.0\n3,").unwrap();
        let header = ["update", "loss"].map(str::to_owned);
        let mut table = Table::open(&path, &header, 2).unwrap();
        table.write(&["2", "0.5"]).unwrap();
        table.flush().unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "update,loss\n0,1.5\n1,1.25\n2,0.5\n"
        );
    }

    #[test]
    fn a_table_of_other_columns_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        std::fs::write(&path, "update,other\n0,1.5\n").unwrap();
        let mut table = Table::open(&path, &["update".to_owned()], 1).unwrap();
        table.flush().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "update\n");
    }
}
