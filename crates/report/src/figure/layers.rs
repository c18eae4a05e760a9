//! The figure of the attention modules that the kept heads belong to, as shades.

use std::borrow::Cow;

use heads::RowKind;
use plotters::prelude::*;
use records::Caption;

use super::columns::{Counts, MethodColumns, Module, method_columns, what_is_averaged};
use super::font::Font;
use super::panels::{Panels, Plot};
use super::pen::{Anchor, Drawn, Pen};
use super::raster::Picture;
use super::theme::{AXIS, INK, LABEL, LEGEND_ROW, MARGIN, SOFT_INK, TICK};
use crate::kept::KeptInModule;

/// Height of a module with few and with many of them.
const TALL: f64 = 38.0;
const LOW: f64 = 30.0;
const MANY_MODULES: usize = 10;
/// The least height of a kind: its name has two lines.
const NAME: f64 = 60.0;
/// Between the modules of different kinds.
const KIND_GAP: f64 = 10.0;
/// Left of a plot: layers, and kinds where there are several.
const LAYER_LABELS: f64 = 48.0;
const KIND_LABELS: f64 = 158.0;
const AXIS_NAME: f64 = 46.0;
const KIND_NAME: Font = Font::regular(22.0);
/// The number of heads in a cell, in the first of these in which all fit.
const COUNTS: [Font; 2] = [Font::regular(20.0), Font::regular(17.0)];
/// The scale of shades.
const SCALE: (f64, f64) = (400.0, 24.0);
/// The share from which on white is easier to read on the shade than black.
const DARK: f64 = 0.62;
const SCALE_STEPS: usize = 80;

/// The share of each attention module's heads that each method kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LayersFigure {
    panels: Panels,
    methods: Vec<MethodColumns>,
    /// The model's modules with the distance of each one's lower edge from the bottom of a plot.
    rows: Vec<(Module, f64)>,
    row_height: f64,
    /// The numbers in cells and their font, if they fit.
    counts: Option<(Counts, Font)>,
    n_heads: u32,
}

impl LayersFigure {
    /// The figure, or `None` where no method has a mask. `modules` as from [`kept_by_module`](crate::kept_by_module).
    pub fn new(modules: &[KeptInModule], caption: &Caption) -> Option<Self> {
        let methods = method_columns(modules);
        let n_heads = modules.first()?.n_heads;
        let model = &methods.first()?.columns.first()?.modules;
        let of_kind = |kind: RowKind| model.iter().filter(|module| module.kind == kind).count();
        let kinds = model.chunk_by(|a, b| a.kind == b.kind).count();
        let fewest = model.iter().map(|module| of_kind(module.kind)).min()? as f64;
        let height = if model.len() > MANY_MODULES { LOW } else { TALL };
        let row_height = if kinds > 1 {
            (NAME / fewest).max(height).ceil()
        } else {
            height
        };

        let mut rows = Vec::new();
        let (mut bottom, mut before) = (0.0, model.first()?.kind);
        for &module in model {
            if module.kind != before {
                bottom += KIND_GAP;
            }
            rows.push((module, bottom));
            (bottom, before) = (bottom + row_height, module.kind);
        }

        let columns = || methods.iter().flat_map(|method| &method.columns);
        let labels = if kinds > 1 { KIND_LABELS } else { AXIS_NAME } + LAYER_LABELS;
        let title = caption.heading("Attention modules of the heads kept");
        let slots = methods.iter().map(|method| method.columns.len()).max()?;
        let ticks = columns().map(|column| column.label.as_str());
        let lay_out = |subtitle: &str| {
            Panels::new(
                (&title, subtitle),
                methods.len(),
                slots,
                labels,
                bottom,
                ticks.clone(),
            )
        };
        let slot = lay_out("").slot;
        let kept = || {
            columns()
                .flat_map(|column| &column.modules)
                .map(|module| module.kept)
        };
        let counts = Counts::of(kept());
        let fits = |font: &Font| {
            1.2 * font.size <= row_height && kept().all(|kept| font.set(&counts.text(kept)).1 + 6.0 <= slot)
        };
        let counts = COUNTS.into_iter().find(fits).map(|font| (counts, font));
        let (seeds, note) = what_is_averaged(modules);
        let how_many = if counts.is_some() {
            "; number: how many"
        } else {
            ""
        };
        let subtitle = format!(
            "{seeds}; shade: share of a module's {} heads that are kept{how_many}. Layers are counted from 0, next to \
             the embeddings, upwards.{note}",
            heads_each(model)
        );
        Some(Self {
            panels: lay_out(&subtitle),
            rows,
            row_height,
            counts,
            n_heads,
            methods: methods.clone(),
        })
    }

    /// Upper and lower edge of a row in a plot.
    fn edges(&self, plot: Plot, bottom: f64) -> (f64, f64) {
        let y = plot.bottom - bottom;
        (y - self.row_height, y)
    }

    fn cells<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, plot: Plot, method: &MethodColumns) -> Drawn<DB> {
        for (j, column) in method.columns.iter().enumerate() {
            let (left, right) = (self.panels.x(plot, j), self.panels.x(plot, j + 1));
            for (module, (_, bottom)) in column.modules.iter().zip(&self.rows) {
                let (top, bottom) = self.edges(plot, *bottom);
                let share = module.kept / module.heads;
                let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
                pen.area_of(&corners, shade(share))?;
                if let Some((counts, font)) = self.counts {
                    let ink = match share {
                        _ if share > DARK => WHITE,
                        _ if share > 0.0 => INK,
                        _ => SOFT_INK,
                    };
                    let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
                    pen.text(&counts.text(module.kept), middle, font, ink, Anchor::Centre)?;
                }
            }
        }
        let right = self.panels.x(plot, method.columns.len());
        for kind in self.rows.chunk_by(|a, b| a.0.kind == b.0.kind) {
            let edges = || kind.iter().map(|(_, bottom)| self.edges(plot, *bottom));
            for (top, _) in edges().skip(1).map(|(_, bottom)| (bottom, bottom)) {
                pen.line(&[(plot.left, top), (right, top)], WHITE, 1.0)?;
            }
            if let (Some((_, bottom)), Some((top, _))) = (edges().next(), edges().next_back()) {
                for j in 1..method.columns.len() {
                    let x = self.panels.x(plot, j);
                    pen.line(&[(x, top), (x, bottom)], WHITE, 1.0)?;
                }
                let frame = [
                    (plot.left, top),
                    (right, top),
                    (right, bottom),
                    (plot.left, bottom),
                    (plot.left, top),
                ];
                pen.line(&frame, AXIS, 1.5)?;
            }
        }
        Ok(())
    }

    /// The names of layers and kinds left of a plot.
    fn labels<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, plot: Plot) -> Drawn<DB> {
        let kinds: Vec<&[(Module, f64)]> = self.rows.chunk_by(|a, b| a.0.kind == b.0.kind).collect();
        for (module, bottom) in &self.rows {
            let (top, bottom) = self.edges(plot, *bottom);
            let at = (plot.left - 12.0, (top + bottom) / 2.0);
            pen.text(&module.layer.to_string(), at, TICK, INK, Anchor::Right)?;
        }
        for kind in &kinds {
            let (Some((first, lowest)), Some((_, highest))) = (kind.first(), kind.last()) else {
                continue;
            };
            let y = (self.edges(plot, *lowest).1 + self.edges(plot, *highest).0) / 2.0;
            if kinds.len() == 1 {
                let at = (plot.left - LAYER_LABELS - AXIS_NAME / 2.0, y);
                pen.text("layer", at, LABEL, INK, Anchor::Upwards)?;
                continue;
            }
            let [above, below] = match first.kind {
                RowKind::EncoderSelf => ["encoder", "self-attention"],
                RowKind::EncoderDecoder => ["encoder-", "decoder"],
                RowKind::DecoderSelf => ["decoder", "self-attention"],
            };
            for (line, y) in [(above, y - 13.0), (below, y + 13.0)] {
                let at = (plot.left - LAYER_LABELS, y);
                pen.text(line, at, KIND_NAME, INK, Anchor::Right)?;
            }
        }
        Ok(())
    }

    fn scale<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Drawn<DB> {
        let name = "share of the module's heads kept (%)";
        let gap = 20.0;
        let all = LABEL.width(name) + gap + SCALE.0;
        let right = ((self.panels.width + all) / 2.0).floor();
        let (left, top) = (
            right - SCALE.0,
            self.panels.bottom() + (LEGEND_ROW - SCALE.1) / 2.0,
        );
        let bottom = top + SCALE.1;
        let at = (left - gap, (top + bottom) / 2.0);
        pen.text(name, at, LABEL, INK, Anchor::Right)?;
        let step = SCALE.0 / SCALE_STEPS as f64;
        for i in 0..SCALE_STEPS {
            let (from, to) = (left + step * i as f64, left + step * (i + 1) as f64);
            let corners = [(from, top), (to, top), (to, bottom), (from, bottom)];
            pen.area_of(&corners, shade((i as f64 + 0.5) / SCALE_STEPS as f64))?;
        }
        let frame = [
            (left, top),
            (right, top),
            (right, bottom),
            (left, bottom),
            (left, top),
        ];
        pen.line(&frame, AXIS, 1.5)?;
        for percent in [0.0, 25.0, 50.0, 75.0, 100.0] {
            let x = left + percent / 100.0 * SCALE.0;
            pen.line(&[(x, bottom), (x, bottom + 8.0)], AXIS, 2.0)?;
            pen.text(
                &format!("{percent:.0}"),
                (x, bottom + 26.0),
                TICK,
                INK,
                Anchor::Centre,
            )?;
        }
        Ok(())
    }
}

impl Picture for LayersFigure {
    fn file_stem(&self) -> Cow<'static, str> {
        "heads_by_layer".into()
    }

    fn size(&self) -> (u32, u32) {
        let height = self.panels.bottom() + 2.0 * LEGEND_ROW + MARGIN;
        (self.panels.width.ceil() as u32, height.ceil() as u32)
    }

    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Drawn<DB> {
        let name = format!("attention heads kept in all modules (of {})", self.n_heads);
        self.panels.draw(pen, &self.methods, &name)?;
        for (i, method) in self.methods.iter().enumerate() {
            self.cells(pen, self.panels.plot(i), method)?;
        }
        for plot in self.panels.first_of_rows() {
            self.labels(pen, plot)?;
        }
        self.scale(pen)
    }
}

/// `4`, or `2 to 8` where modules differ.
fn heads_each(modules: &[Module]) -> String {
    let heads = || modules.iter().map(|module| module.heads);
    let (least, most) = (heads().fold(f64::INFINITY, f64::min), heads().fold(0.0, f64::max));
    if least == most {
        format!("{most}")
    } else {
        format!("{least} to {most}")
    }
}

/// From white to dark blue; lightness falls evenly.
fn shade(share: f64) -> RGBColor {
    const STOPS: [[f64; 3]; 3] = [[255.0, 255.0, 255.0], [88.0, 152.0, 205.0], [8.0, 48.0, 107.0]];
    let at = share.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let from = (at as usize).min(STOPS.len() - 2);
    let channel = |i: usize| {
        let part = at - from as f64;
        (STOPS[from][i] * (1.0 - part) + STOPS[from + 1][i] * part).round() as u8
    };
    RGBColor(channel(0), channel(1), channel(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_darken_evenly() {
        // Relative luminance (IEC 61966-2-1), then CIE lightness.
        let lightness = |share: f64| {
            let RGBColor(r, g, b) = shade(share);
            let linear = |channel: u8| {
                let c = f64::from(channel) / 255.0;
                if c <= 0.040_45 {
                    c / 12.92
                } else {
                    ((c + 0.055) / 1.055).powf(2.4)
                }
            };
            116.0 * (0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)).cbrt() - 16.0
        };
        let steps: Vec<f64> = (0..=10).map(|i| lightness(f64::from(i) / 10.0)).collect();
        assert!(
            (steps[0] - 100.0).abs() < 1e-6 && (steps[5] - 60.0).abs() < 3.0 && steps[10] < 22.0,
            "{steps:?}"
        );
        for pair in steps.windows(2) {
            assert!((6.0..10.0).contains(&(pair[0] - pair[1])), "{steps:?}");
        }
    }
}
