//! Checkpoints: everything from which an interrupted training goes on to the same bytes, in one checked file.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use burn::tensor::Tensor;
use files::Sha256;
use models::Parameter;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::log::LOGS;
use crate::{Observer, TrainError, Trainable, Trainer, UpdateRecord};

/// Writes a checkpoint every so many updates and reads it back.
///
/// The file is safetensors: weights and moments as 32-bit floats under `weight.*`, `first.*`, `second.*`, the gate's
/// numbers, group after group, as 64-bit floats under `gate.*`; its metadata hold the finished updates, the key of the run and a SHA-256.
#[derive(Debug, Clone)]
pub struct Checkpointer {
    path: PathBuf,
    key: String,
    every: u64,
    /// Updates finished in the checkpoint that this process has read or written last.
    stored: Option<u64>,
}

impl Checkpointer {
    /// Checkpoints at `path` for the run named by `key`, every `every` updates (0: never).
    pub fn new(path: &Path, key: &str, every: u64) -> Self {
        Self {
            path: path.to_owned(),
            key: key.to_owned(),
            every,
            stored: None,
        }
    }

    /// Puts `trainer` into the state of the checkpoint. Without one, or with one that is damaged or belongs to another
    /// run, nothing changes; the text says what was found.
    pub fn resume<M: Trainable>(&mut self, trainer: &mut Trainer<M>) -> Option<String> {
        let bytes = fs::read(&self.path).ok()?;
        match self.restore(&bytes, trainer) {
            Ok(update) => {
                self.stored = Some(update);
                Some(format!("goes on from the checkpoint at update {update}"))
            }
            Err(reason) => Some(format!(
                "{}: {reason}; starts again at update 0",
                self.path.display()
            )),
        }
    }

    fn restore<M: Trainable>(&self, bytes: &[u8], trainer: &mut Trainer<M>) -> Result<u64, String> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
        let field = |name: &str| metadata.get(name).map(String::as_str).unwrap_or_default();
        if field("key") != self.key {
            return Err("is of another run".into());
        }
        let mut tensors: BTreeMap<String, TensorView<'_>> = file.tensors().into_iter().collect();
        let update: u64 = field("update")
            .parse()
            .map_err(|_| "names no update".to_owned())?;
        let digest = checksum(
            update,
            tensors.iter().map(|(name, view)| (name.as_str(), view.data())),
        );
        if digest != field("sha256") {
            return Err("is damaged (its checksum does not fit)".into());
        }

        let mut model = trainer.model.clone();
        let mut moments = Vec::new();
        let mut missing = None;
        let options = trainer.options.clone();
        let mut vector = |name: String, length: usize| -> Option<Tensor<1>> {
            let view = tensors.remove(&name)?;
            let values: Vec<f32> = view
                .data()
                .as_chunks()
                .0
                .iter()
                .map(|&b| f32::from_le_bytes(b))
                .collect();
            (values.len() == length).then(|| options.float32(values, [length]))
        };
        model.visit("", &mut |name, parameter| {
            let length = match &parameter {
                Parameter::Vector(tensor) => tensor.dims()[0],
                Parameter::Matrix(tensor, _) => tensor.dims().iter().product(),
            };
            moments
                .push(vector(format!("first.{name}"), length).zip(vector(format!("second.{name}"), length)));
            match (vector(format!("weight.{name}"), length), parameter) {
                (None, _) => missing = Some(name.to_owned()),
                (Some(value), Parameter::Vector(tensor)) => *tensor = value,
                (Some(value), Parameter::Matrix(tensor, _)) => *tensor = value.reshape(tensor.dims()),
            }
        });
        if let Some(name) = missing {
            return Err(format!("lacks `{name}`"));
        }
        if let Some(training) = &mut trainer.gate {
            let mut numbers = |name: &str, groups: Vec<&mut [f64]>| -> Result<(), String> {
                let view = tensors.remove(name).ok_or_else(|| format!("lacks `{name}`"))?;
                let values = view.data().as_chunks().0;
                if values.len() != groups.iter().map(|group| group.len()).sum::<usize>() {
                    return Err(format!("`{name}` has another length"));
                }
                for (out, &bytes) in groups.into_iter().flatten().zip(values) {
                    *out = f64::from_le_bytes(bytes);
                }
                Ok(())
            };
            let (groups, adam) = (training.gate.parameters_mut(), &mut training.adam);
            let of_gate = groups.into_iter().map(|group| group.values);
            numbers("gate.parameters", of_gate.collect())?;
            let first = adam.iter_mut().map(|adam| &mut adam.first[..]);
            numbers("gate.first", first.collect())?;
            let second = adam.iter_mut().map(|adam| &mut adam.second[..]);
            numbers("gate.second", second.collect())?;
        }
        trainer.model = if trainer.adam.is_some() {
            model.trainable()
        } else {
            model.frozen()
        };
        if let Some((adam, _)) = &mut trainer.adam {
            adam.set_moments(moments);
        }
        trainer.update = update;
        Ok(update)
    }

    /// Writes a checkpoint now, unless there are none at all or this one is there.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save_last<M: Trainable>(&mut self, trainer: &Trainer<M>) -> Result<(), TrainError> {
        if self.every == 0 || self.stored == Some(trainer.finished()) {
            Ok(())
        } else {
            self.save(trainer)
        }
    }

    fn save<M: Trainable>(&mut self, trainer: &Trainer<M>) -> Result<(), TrainError> {
        let mut stored: BTreeMap<String, (Dtype, Vec<u8>)> = BTreeMap::new();
        let mut names = Vec::new();
        trainer.model.clone().visit("", &mut |name, parameter| {
            let bytes = match parameter {
                Parameter::Vector(tensor) => single(tensor.clone()),
                Parameter::Matrix(tensor, _) => single(tensor.clone()),
            };
            stored.insert(format!("weight.{name}"), (Dtype::F32, bytes));
            names.push(name.to_owned());
        });
        if let Some((adam, _)) = &trainer.adam {
            for (name, moments) in names.iter().zip(adam.moments()) {
                if let Some((first, second)) = moments {
                    stored.insert(format!("first.{name}"), (Dtype::F32, single(first.clone())));
                    stored.insert(format!("second.{name}"), (Dtype::F32, single(second.clone())));
                }
            }
        }
        if let Some(training) = &trainer.gate {
            let mut double = |name: &str, groups: Vec<&[f64]>| {
                let values = groups.into_iter().flatten();
                let bytes = values.flat_map(|value| value.to_le_bytes()).collect();
                stored.insert(name.to_owned(), (Dtype::F64, bytes));
            };
            let (groups, adam) = (training.gate.parameters(), &training.adam);
            let of_gate = groups.iter().map(|group| group.values);
            double("gate.parameters", of_gate.collect());
            double("gate.first", adam.iter().map(|adam| &adam.first[..]).collect());
            double("gate.second", adam.iter().map(|adam| &adam.second[..]).collect());
        }
        let update = trainer.finished();
        let digest = checksum(
            update,
            stored
                .iter()
                .map(|(name, (_, bytes))| (name.as_str(), bytes.as_slice())),
        );
        let metadata = HashMap::from([
            ("key".to_owned(), self.key.clone()),
            ("update".to_owned(), update.to_string()),
            ("sha256".to_owned(), digest),
        ]);
        let failed = |error| TrainError::write(&self.path, std::io::Error::other(error));
        let mut views = Vec::with_capacity(stored.len());
        for (name, (dtype, bytes)) in &stored {
            let length = bytes.len() / if *dtype == Dtype::F64 { 8 } else { 4 };
            let view = TensorView::new(*dtype, vec![length], bytes).map_err(failed)?;
            views.push((name.as_str(), view));
        }
        let bytes = safetensors::serialize(views, Some(metadata)).map_err(failed)?;
        // After a power failure the logs must not be behind the checkpoint.
        for log in LOGS.map(|name| self.path.with_file_name(name)) {
            match files::sync(&log) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(TrainError::write(&log, error));
                }
                _ => {}
            }
        }
        files::write(&self.path, &bytes).map_err(|error| TrainError::write(&self.path, error))?;
        self.stored = Some(update);
        Ok(())
    }
}

impl<M: Trainable> Observer<M> for Checkpointer {
    fn after_update(&mut self, trainer: &Trainer<M>, _: &UpdateRecord) -> Result<(), TrainError> {
        if self.every > 0 && trainer.finished().is_multiple_of(self.every) {
            self.save(trainer)?;
        }
        Ok(())
    }
}

fn checksum<'a>(update: u64, tensors: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut hasher = Sha256::new();
    hasher.update(update.to_le_bytes());
    for (name, bytes) in tensors {
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    hasher.hex()
}

fn single<const D: usize>(tensor: Tensor<D>) -> Vec<u8> {
    // A float tensor always converts to 32-bit floats.
    let values = tensor.inner().try_into_vec_as::<f32>().unwrap_or_default();
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
