//! The heads that a model has lost: as a config.json names them, and what is left of a grid without them.

use std::collections::{BTreeMap, BTreeSet};

use heads::{GridError, HeadGrid, HeadMask, HeadRow, RowKind};
use serde_json::{Map, Value, json};

use crate::keys::shown;

/// The key of config.json that names them.
pub(crate) const PRUNED_HEADS: &str = "pruned_heads";

/// Heads that were removed from a model, numbered as before any was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrunedHeads(BTreeMap<(RowKind, usize), BTreeSet<usize>>);

impl PrunedHeads {
    /// Whether no head was removed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Heads that were removed, in all.
    pub fn total(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }

    /// The heads that were removed from a layer, upwards.
    pub fn of(&self, kind: RowKind, layer: usize) -> impl Iterator<Item = usize> {
        self.0.get(&(kind, layer)).into_iter().flatten().copied()
    }

    /// Removes a head of a layer; false where it had been removed before.
    pub fn insert(&mut self, kind: RowKind, layer: usize, head: usize) -> bool {
        self.0.entry((kind, layer)).or_default().insert(head)
    }

    /// Heads that are left of a row of the full grid.
    fn left(&self, row: HeadRow) -> usize {
        let gone = self.0.get(&(row.kind, row.layer));
        row.heads - gone.map_or(0, |gone| gone.range(..row.heads).count())
    }

    /// Width of the heads that are left of a row of the full grid together, in a model of that width.
    pub(crate) fn width_left(&self, row: HeadRow, width: usize) -> usize {
        self.left(row) * head_width(width, row.heads)
    }

    /// Parameters that went with these heads, in a model of that width with so many heads a module.
    pub(crate) fn parameters(&self, width: usize, heads: usize) -> u128 {
        self.total() as u128 * parameters_per_head(width, heads)
    }

    /// What is left of the full grid: as many rows, some with fewer heads.
    ///
    /// # Errors
    /// A grid without rows.
    pub(crate) fn grid(&self, full: &HeadGrid) -> Result<HeadGrid, GridError> {
        let row = |&row: &HeadRow| HeadRow {
            heads: self.left(row),
            ..row
        };
        HeadGrid::new(full.rows().iter().map(row).collect())
    }

    /// These heads and those that `mask` leaves out, which has a flag for each head that is left of the full grid.
    ///
    /// # Errors
    /// A mask of another number of heads.
    pub(crate) fn with_masked(&self, full: &HeadGrid, mask: &HeadMask) -> Result<Self, String> {
        let grid = self.grid(full).map_err(|error| error.to_string())?;
        if mask.total() != grid.total() {
            return Err(format!(
                "a mask of {} heads does not fit a model that has {}",
                mask.total(),
                grid.total()
            ));
        }
        let mut pruned = self.clone();
        for (row, flags) in full.rows().iter().zip(grid.cut(mask.flags())) {
            let gone = self.0.get(&(row.kind, row.layer));
            let is_left = |head: &usize| gone.is_none_or(|gone| !gone.contains(head));
            for (head, kept) in (0..row.heads).filter(is_left).zip(flags) {
                if !kept {
                    pruned.insert(row.kind, row.layer, head);
                }
            }
        }
        Ok(pruned)
    }

    /// Why no model of such sizes can have lost these heads, if so. `layers` has the kinds of attention of the model, each
    /// with the key and the number of its layers; `heads` is the key and the number of heads of a module.
    ///
    /// # Errors
    /// A kind, a layer or a head that the model never had, by its number.
    pub(crate) fn check(
        &self,
        layers: &[(RowKind, &str, usize)],
        heads: (&str, usize),
    ) -> Result<(), String> {
        for (&(kind, layer), gone) in &self.0 {
            let Some(&(_, key, count)) = layers.iter().find(|(known, ..)| *known == kind) else {
                return Err(format!(
                    "`{PRUNED_HEADS}` has heads of {kind} attention, which the model does not have"
                ));
            };
            if layer >= count {
                return Err(format!(
                    "`{PRUNED_HEADS}` has heads of layer {layer} of {kind} attention, but `{key}` is {count}"
                ));
            }
            let (key, count) = heads;
            if let Some(head) = gone.last().filter(|&&head| head >= count) {
                return Err(format!(
                    "`{PRUNED_HEADS}` has head {head} of layer {layer} of {kind} attention, but `{key}` is {count}"
                ));
            }
        }
        Ok(())
    }
}

/// As JSON.
impl PrunedHeads {
    /// Reads the value of an encoder: an object of layers, each with a list of heads.
    ///
    /// # Errors
    /// A value that is none, a layer or a head that is no number, and a head that is named twice.
    pub(crate) fn of_layers(value: Option<Value>) -> Result<Self, String> {
        let mut pruned = Self::default();
        if let Some(value) = value {
            let Value::Object(layers) = value else {
                return Err(format!(
                    "`{PRUNED_HEADS}` is {}, not an object of layers",
                    shown(&value)
                ));
            };
            pruned.add(RowKind::EncoderSelf, &layers)?;
        }
        Ok(pruned)
    }

    /// Reads the value of an encoder-decoder: an object of kinds of attention, each with an object of layers.
    ///
    /// # Errors
    /// Those of [`of_layers`](Self::of_layers), and a word that is no kind of attention.
    pub(crate) fn of_kinds(value: Option<Value>) -> Result<Self, String> {
        let mut pruned = Self::default();
        let kinds = match value {
            None => return Ok(pruned),
            Some(Value::Object(kinds)) => kinds,
            Some(other) => {
                return Err(format!(
                    "`{PRUNED_HEADS}` is {}, not an object of kinds of attention",
                    shown(&other)
                ));
            }
        };
        for (kind, layers) in &kinds {
            let kind: RowKind = kind
                .parse()
                .map_err(|error| format!("`{PRUNED_HEADS}`: {error}"))?;
            let Value::Object(layers) = layers else {
                return Err(format!(
                    "`{PRUNED_HEADS}` has {} for {kind} attention, not an object of layers",
                    shown(layers)
                ));
            };
            pruned.add(kind, layers)?;
        }
        Ok(pruned)
    }

    fn add(&mut self, kind: RowKind, layers: &Map<String, Value>) -> Result<(), String> {
        for (key, heads) in layers {
            // As it is written: "00" could be another list of layer 0.
            let layer = key.parse().ok().filter(|layer: &usize| layer.to_string() == *key);
            let Some(layer) = layer else {
                return Err(format!(
                    "`{PRUNED_HEADS}` has {} for a layer of {kind} attention, not a number",
                    shown(&json!(key))
                ));
            };
            let of_layer = format!("layer {layer} of {kind} attention");
            let Value::Array(heads) = heads else {
                return Err(format!(
                    "`{PRUNED_HEADS}` has {} for {of_layer}, not a list of heads",
                    shown(heads)
                ));
            };
            for value in heads {
                let head = value.as_u64().and_then(|head| usize::try_from(head).ok());
                let Some(head) = head else {
                    return Err(format!(
                        "`{PRUNED_HEADS}` has the head {} of {of_layer}, not a whole number",
                        shown(value)
                    ));
                };
                if !self.insert(kind, layer, head) {
                    return Err(format!("`{PRUNED_HEADS}` has head {head} of {of_layer} twice"));
                }
            }
        }
        Ok(())
    }

    /// The value of an encoder; none where no head was removed.
    pub(crate) fn to_layers(&self) -> Option<Value> {
        (!self.is_empty()).then(|| self.layers(RowKind::EncoderSelf))
    }

    /// The value of an encoder-decoder; none where no head was removed.
    pub(crate) fn to_kinds(&self) -> Option<Value> {
        let kinds: BTreeSet<RowKind> = self.0.keys().map(|&(kind, _)| kind).collect();
        let values = kinds.iter().map(|&kind| (kind.to_string(), self.layers(kind)));
        (!self.is_empty()).then(|| Value::Object(values.collect()))
    }

    fn layers(&self, kind: RowKind) -> Value {
        let of_kind = self.0.iter().filter(|((other, _), _)| *other == kind);
        Value::Object(
            of_kind
                .map(|((_, layer), heads)| (layer.to_string(), json!(heads)))
                .collect(),
        )
    }
}

/// Dimensions of a head; 0 where there is none.
fn head_width(width: usize, heads: usize) -> usize {
    width.checked_div(heads).unwrap_or(0)
}

/// Parameters that go with one head: its columns of query, key and value with their biases, and its rows of the output.
pub(crate) fn parameters_per_head(width: usize, heads: usize) -> u128 {
    let (width, head) = (width as u128, head_width(width, heads) as u128);
    4 * width * head + 3 * head
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_layers(value: Value) -> Result<PrunedHeads, String> {
        PrunedHeads::of_layers(Some(value))
    }

    fn of_kinds(value: Value) -> Result<PrunedHeads, String> {
        PrunedHeads::of_kinds(Some(value))
    }

    #[test]
    fn what_is_read_is_written_in_order_and_without_what_is_empty() {
        let layers = of_layers(json!({"10": [3, 1], "2": [0], "4": []})).unwrap();
        assert_eq!(layers.total(), 3);
        assert_eq!(layers.to_layers(), Some(json!({"2": [0], "10": [1, 3]})));
        let kinds = of_kinds(json!({"decoder-self": {"1": [2]}, "encoder-self": {"0": []}})).unwrap();
        assert_eq!(kinds.to_kinds(), Some(json!({"decoder-self": {"1": [2]}})));
        for nothing in [json!({}), json!({"0": []}), json!({"99": []})] {
            assert_eq!(of_layers(nothing).unwrap(), PrunedHeads::default());
        }
        assert_eq!(
            of_kinds(json!({"encoder-self": {}})).unwrap(),
            PrunedHeads::default()
        );
        assert_eq!(PrunedHeads::of_layers(None).unwrap().to_layers(), None);
        assert_eq!(PrunedHeads::of_kinds(None).unwrap().to_kinds(), None);
    }

    #[test]
    fn what_names_no_heads_is_refused_with_its_value() {
        for (value, wanted) in [
            (json!([]), "`pruned_heads` is [], not an object of layers"),
            (
                json!({"x": [0]}),
                "has \"x\" for a layer of encoder-self attention",
            ),
            (
                json!({"-1": []}),
                "has \"-1\" for a layer of encoder-self attention, not a number",
            ),
            (json!({"00": [0]}), "has \"00\" for a layer"),
            (
                json!({"0": 1}),
                "has 1 for layer 0 of encoder-self attention, not a list of heads",
            ),
            (json!({"0": {"1": 2}}), "has {\"1\":2} for layer 0"),
            (json!({"0": null}), "has null for layer 0"),
            (
                json!({"0": [0.5]}),
                "has the head 0.5 of layer 0 of encoder-self attention, not a whole number",
            ),
            (json!({"0": [-1]}), "has the head -1"),
            (json!({"0": ["1"]}), "has the head \"1\""),
            (
                json!({"3": [1, 0, 1]}),
                "has head 1 of layer 3 of encoder-self attention twice",
            ),
        ] {
            let refused = of_layers(value.clone()).unwrap_err();
            assert!(refused.contains(wanted), "{value}: {refused}");
        }
        for (value, wanted) in [
            (
                json!(1),
                "`pruned_heads` is 1, not an object of kinds of attention",
            ),
            (json!({"0": [1]}), "`pruned_heads`: `0` is no kind of attention"),
            (
                json!({"decoder-self": [1]}),
                "has [1] for decoder-self attention, not an object of layers",
            ),
            (
                json!({"decoder-self": {"0": [true]}}),
                "the head true of layer 0 of decoder-self",
            ),
        ] {
            let refused = of_kinds(value.clone()).unwrap_err();
            assert!(refused.contains(wanted), "{value}: {refused}");
        }
    }

    #[test]
    fn heads_that_the_model_never_had_are_refused() {
        let layers = [(RowKind::EncoderSelf, "n_layers", 2)];
        let check = |value: Value| of_kinds(value).unwrap().check(&layers, ("n_heads", 4));
        assert_eq!(check(json!({"encoder-self": {"1": [0, 3]}})), Ok(()));
        for (value, wanted) in [
            (
                json!({"encoder-self": {"2": [0]}}),
                "`pruned_heads` has heads of layer 2 of encoder-self attention, but `n_layers` is 2",
            ),
            (
                json!({"encoder-self": {"1": [0, 4]}}),
                "`pruned_heads` has head 4 of layer 1 of encoder-self attention, but `n_heads` is 4",
            ),
            (
                json!({"decoder-self": {"0": [0]}}),
                "`pruned_heads` has heads of decoder-self attention, which the model does not have",
            ),
        ] {
            assert_eq!(check(value).unwrap_err(), wanted);
        }
    }

    #[test]
    fn flags_of_the_heads_that_are_left_lead_back_to_their_first_numbers() {
        let full = HeadGrid::encoder(3, 3).unwrap();
        let pruned = of_layers(json!({"0": [1], "1": [0, 1, 2]})).unwrap();
        let grid = pruned.grid(&full).unwrap();
        let heads: Vec<usize> = grid.rows().iter().map(|row| row.heads).collect();
        assert_eq!(heads, [2, 0, 3]);
        let mask = HeadMask::from_digits("10011").unwrap();
        let further = pruned.with_masked(&full, &mask).unwrap();
        assert_eq!(
            further.to_layers(),
            Some(json!({"0": [1, 2], "1": [0, 1, 2], "2": [0]}))
        );
        assert_eq!(
            pruned.with_masked(&full, &HeadMask::all(9)).unwrap_err(),
            "a mask of 9 heads does not fit a model that has 5"
        );
        assert_eq!(pruned.with_masked(&full, &HeadMask::all(5)), Ok(pruned));
    }

    #[test]
    fn a_head_of_bert_base_has_196_800_parameters_and_no_head_none() {
        assert_eq!(parameters_per_head(768, 12), 196_800);
        assert_eq!(parameters_per_head(768, 0), 0);
    }
}
