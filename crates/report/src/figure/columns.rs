//! What figures of masks show: one panel a method, one column for each number of heads it kept.

use heads::RowKind;

use super::style::{DENSE, curve_name, curve_rank};
use crate::kept::KeptInModule;
use crate::table::seed_count;

/// The columns of one method.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MethodColumns {
    pub name: String,
    /// From few heads to many.
    pub columns: Vec<Column>,
}

/// What the runs of one setting kept.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    /// The number of heads: `6`, or `5.7` where seeds differ.
    pub label: String,
    /// Every attention module, in the order of the model's grid.
    pub modules: Vec<Module>,
}

impl Column {
    /// Heads kept in all modules of one kind, mean over seeds.
    pub fn kept_of(&self, kind: RowKind) -> f64 {
        let of_kind = self.modules.iter().filter(|module| module.kind == kind);
        of_kind.map(|module| module.kept).sum()
    }
}

/// What was kept of one attention module.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Module {
    pub kind: RowKind,
    pub layer: u32,
    /// Heads there are.
    pub heads: f64,
    /// Heads kept, mean over seeds.
    pub kept: f64,
}

/// The panels of all methods but dense, in the order of a legend. `modules` as from
/// [`kept_by_module`](crate::kept_by_module).
pub(super) fn method_columns(modules: &[KeptInModule]) -> Vec<MethodColumns> {
    let mut methods: Vec<&[KeptInModule]> = modules
        .chunk_by(|a, b| (&a.method, &a.variant) == (&b.method, &b.variant))
        .filter(|method| method.iter().all(|module| module.method != DENSE))
        .collect();
    methods.sort_by_key(|method| {
        method.first().map(|module| {
            (
                curve_rank(&module.method, &module.variant),
                &module.method,
                &module.variant,
            )
        })
    });
    let of_method = |method: &[KeptInModule]| {
        // Two settings that kept as many heads stand next to one another: each begins with the model's first module.
        let first = method.first()?;
        let starts = |module: &KeptInModule| (module.kind, module.layer) == (first.kind, first.layer);
        Some(MethodColumns {
            name: curve_name(&first.method, &first.variant),
            columns: method
                .chunk_by(|_, next| !starts(next))
                .filter_map(column)
                .collect(),
        })
    };
    methods.into_iter().filter_map(of_method).collect()
}

fn column(modules: &[KeptInModule]) -> Option<Column> {
    let module = |module: &KeptInModule| Module {
        kind: module.kind,
        layer: module.layer,
        heads: f64::from(module.heads),
        kept: module.mean_kept,
    };
    Some(Column {
        label: number(modules.first()?.k),
        modules: modules.iter().map(module).collect(),
    })
}

/// `6`, or to one decimal `5.7`.
fn number(value: f64) -> String {
    format!("{value:.*}", usize::from(!is_whole(value)))
}

fn is_whole(value: f64) -> bool {
    // Sums of thirds are whole numbers up to rounding.
    (value - value.round()).abs() < 1e-6
}

/// How means of heads are written in one figure: all with as many decimals, and 0 as such.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Counts {
    decimals: usize,
}

impl Counts {
    /// With one decimal if any of `values` is no whole number.
    pub fn of(mut values: impl Iterator<Item = f64>) -> Self {
        Self {
            decimals: usize::from(!values.all(is_whole)),
        }
    }

    pub fn text(self, value: f64) -> String {
        if value == 0.0 {
            "0".into()
        } else {
            format!("{value:.*}", self.decimals)
        }
    }
}

/// What a subtitle says of the runs: over how many seeds the numbers are means, and what a number of heads is where
/// none was asked for.
pub(super) fn what_is_averaged(modules: &[KeptInModule]) -> (String, &'static str) {
    let pruned = || modules.iter().filter(|module| module.method != DENSE);
    let seeds = format!("Mean over {}", seed_count(pruned().map(|module| module.n_seeds)));
    let came_out = pruned().any(|module| module.k_low < module.k_high || !module.setting.is_empty());
    let note = if came_out {
        " A method that is not told a number of heads has a column for each of its settings, at the mean number that \
         came out."
    } else {
        ""
    };
    (seeds, note)
}
