//! The heads that are left of a model, and what that leaves of its gates, tensors and derivatives.

use std::collections::BTreeMap;

use bundle::encoder::Family;
use heads::{HeadGrid, HeadMask, HeadRow, RowKind};
use models::{Layout, Parameter, Parameters, Removal, TensorOptions};

use crate::found::{Found, assert_close, numbers};

/// Which heads of a model are left.
pub(crate) struct Left {
    pub(crate) full: HeadGrid,
    pub(crate) grid: HeadGrid,
    /// A flag for each head of the whole model.
    flags: Vec<bool>,
    head_width: usize,
}

impl Left {
    pub(crate) fn new(full: &HeadGrid, kept: &[bool], lost_rows: &[bool], head_width: usize) -> Self {
        let mut flags = Vec::new();
        let mut rows = Vec::new();
        for (number, (&row, range)) in full.iter().enumerate() {
            let of_row: Vec<bool> = range.map(|head| kept[head] && !lost_rows[number]).collect();
            let heads = of_row.iter().filter(|&&kept| kept).count();
            rows.push(HeadRow { heads, ..row });
            flags.extend(of_row);
        }
        Self {
            full: full.clone(),
            grid: HeadGrid::new(rows).unwrap(),
            flags,
            head_width,
        }
    }

    pub(crate) fn mask(&self) -> HeadMask {
        HeadMask::from_flags(self.flags.clone())
    }

    /// Takes the other heads out, with what the gates of the first example do to those that are left, or nothing.
    pub(crate) fn removal(&self, folds: bool) -> Removal {
        let removal = match folds {
            true => Removal::of_gates(&self.full, &self.gates(1)),
            false => Removal::of_mask(&self.full, &self.mask()),
        };
        removal.unwrap()
    }

    /// Those of the heads that are left, of N numbers for each of some examples.
    pub(crate) fn of_left(&self, values: &[f64]) -> Vec<f64> {
        let flags = self.flags.iter().cycle();
        let left = values.iter().zip(flags).filter(|&(_, &kept)| kept);
        left.map(|(&value, _)| value).collect()
    }

    /// Gates of every head, 0 of those that are not left.
    pub(crate) fn gates(&self, examples: usize) -> Vec<f64> {
        let flags = self.flags.iter().cycle().take(examples * self.flags.len());
        let gate = |(place, &kept): (usize, &bool)| {
            if kept {
                0.25 + (place % 7) as f64 / 5.0
            } else {
                0.0
            }
        };
        flags.enumerate().map(gate).collect()
    }

    /// What is left of a tensor `[rows, columns]` or `[columns]` by its name; none of a layer without heads.
    fn of_tensor(&self, name: &str, shape: &[usize], values: &[f64]) -> Option<(Vec<usize>, Vec<f64>)> {
        let whole = || Some((shape.to_vec(), values.to_vec()));
        let Some((row, part)) = self.place(name) else {
            return whole();
        };
        let first = self.full.range(row).start;
        let heads = (0..self.full.rows()[row].heads).filter(|head| self.flags[first + head]);
        let width = self.head_width;
        let left: Vec<usize> = heads.flat_map(|head| head * width..(head + 1) * width).collect();
        let [rows, columns] = match *shape {
            [rows, columns] => [rows, columns],
            [columns] => [1, columns],
            _ => panic!("{name} has shape {shape:?}"),
        };
        let matrix = shape.len() == 2;
        if part == Part::Output && !matrix {
            return whole();
        }
        if left.is_empty() {
            return None;
        }
        let cell = |row: usize, column: usize| values[row * columns + column];
        Some(match part {
            Part::Output => (
                vec![left.len(), columns],
                left.iter()
                    .flat_map(|&row| (0..columns).map(move |column| cell(row, column)))
                    .collect(),
            ),
            Part::Joint => {
                let left_of = |row| left.iter().map(move |&column| cell(row, column));
                let numbers: Vec<f64> = (0..rows).flat_map(left_of).collect();
                let shape = if matrix {
                    vec![rows, left.len()]
                } else {
                    vec![left.len()]
                };
                (shape, numbers)
            }
        })
    }

    /// The row and the part of an attention module that a tensor is of.
    fn place(&self, name: &str) -> Option<(usize, Part)> {
        let words: Vec<&str> = name.split('.').collect();
        let number = words.iter().position(|word| word.parse::<usize>().is_ok())?;
        let layer: usize = words[number].parse().ok()?;
        let within = words[number + 1..words.len() - 1].join(".");
        let names = |family: Family| {
            let names = family.layer_names();
            names
                .projections
                .map(|name| (name.to_owned(), Part::Joint))
                .into_iter()
                .chain([(names.output.to_owned(), Part::Output)])
                .map(|(name, part)| (name, RowKind::EncoderSelf, part))
        };
        let own = if words[0] == "decoder" {
            RowKind::DecoderSelf
        } else {
            RowKind::EncoderSelf
        };
        let fairseq =
            [("self_attn", own), ("encoder_attn", RowKind::EncoderDecoder)].map(|(module, kind)| {
                ["q_proj", "k_proj", "v_proj", "out_proj"].map(|name| {
                    let part = if name == "out_proj" {
                        Part::Output
                    } else {
                        Part::Joint
                    };
                    (format!("{module}.{name}"), kind, part)
                })
            });
        let mut all = Family::ALL
            .into_iter()
            .flat_map(names)
            .chain(fairseq.into_iter().flatten());
        let (_, kind, part) = all.find(|(name, ..)| *name == within)?;
        let same = |row: &HeadRow| (row.kind, row.layer) == (kind, layer);
        Some((self.full.rows().iter().position(same)?, part))
    }

    /// Gives `smaller`, a model of the heads that are left, their weights from `whole`.
    pub(crate) fn slice<M: Parameters + Clone>(
        &self,
        whole: &M,
        mut smaller: M,
        options: &TensorOptions,
    ) -> M {
        let mut left = BTreeMap::new();
        whole.clone().visit("", &mut |name, parameter| {
            let (shape, values) = match parameter {
                Parameter::Vector(tensor) => (tensor.dims().to_vec(), numbers(tensor.clone())),
                Parameter::Matrix(tensor, _) => (tensor.dims().to_vec(), numbers(tensor.clone())),
            };
            if let Some(part) = self.of_tensor(name, &shape, &values) {
                left.insert(name.to_owned(), part);
            }
        });
        smaller.visit("", &mut |name, parameter| {
            let (shape, values) = left.remove(name).unwrap_or_else(|| panic!("{name} is not left"));
            match parameter {
                Parameter::Vector(tensor) => {
                    assert_eq!(tensor.dims()[..], shape, "{name}");
                    *tensor = options.float(&values, [shape[0]]);
                }
                Parameter::Matrix(tensor, Layout::AsStored | Layout::Transposed) => {
                    assert_eq!(tensor.dims()[..], shape, "{name}");
                    *tensor = options.float(&values, [shape[0], shape[1]]);
                }
            }
        });
        assert!(left.is_empty(), "{:?}", left.keys());
        smaller
    }

    /// The derivatives of the smaller model are those of the whole one, as far as they are left.
    pub(crate) fn assert_same<M: Parameters + Clone>(
        &self,
        got: &Found,
        want: &Found,
        whole: &M,
        way: usize,
    ) {
        assert_close(&[got.loss], &[want.loss], &format!("way {way}"));
        assert_close(
            &got.gates,
            &self.of_left(&want.gates),
            &format!("way {way}, gates"),
        );
        let mut shapes = BTreeMap::new();
        whole.clone().visit("", &mut |name, parameter| {
            let shape = match parameter {
                Parameter::Vector(tensor) => tensor.dims().to_vec(),
                Parameter::Matrix(tensor, _) => tensor.dims().to_vec(),
            };
            shapes.insert(name.to_owned(), shape);
        });
        let got: BTreeMap<_, _> = got.weights.iter().cloned().collect();
        for (name, want) in &want.weights {
            let want = want.as_deref().unwrap();
            if let Some((_, want)) = self.of_tensor(name, &shapes[name], want) {
                // What no head looks at takes no part in the smaller model.
                let got = got[name].clone().unwrap_or_else(|| vec![0.0; want.len()]);
                assert_close(&got, &want, &format!("way {way}, {name}"));
            }
        }
    }
}

/// Which tensors of an attention module.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    /// Query, key and value.
    Joint,
    Output,
}
