//! The figure of the kinds of attention that the kept heads belong to.

use std::borrow::Cow;

use heads::RowKind;
use plotters::prelude::*;
use records::Caption;

use super::columns::{Column, Counts, MethodColumns, method_columns, what_is_averaged};
use super::font::Font;
use super::panels::{Panels, Plot};
use super::pen::{Anchor, Drawn, Pen};
use super::raster::Picture;
use super::style::{BLUE, ORANGE, SKY_BLUE};
use super::theme::{AXIS, GRID, INK, LABEL, LEGEND_ROW, MARGIN, TICK};
use crate::kept::KeptInModule;

const PLOT_HEIGHT: f64 = 270.0;
/// Left of a plot: the axis's name and its tick labels.
const LABELS: f64 = 128.0;
/// Width of a bar, as a share of its column.
const BAR: f64 = 0.84;
/// How much of its colour the bar of the dense model has.
const PALE: f64 = 0.42;
/// The number of heads in a part of a bar.
const COUNT: Font = Font::regular(20.0);
/// The square beside a name in the legend.
const SWATCH: f64 = 24.0;
const SWATCH_GAP: f64 = 12.0;
const LEGEND_GAP: f64 = 44.0;

/// The shares of the kinds of attention in what each method kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KindsFigure {
    panels: Panels,
    methods: Vec<MethodColumns>,
    /// The model's kinds of attention, from the bottom of a bar to its top.
    kinds: Vec<RowKind>,
    /// The model before pruning.
    dense: Column,
    counts: Counts,
    n_heads: u32,
}

impl KindsFigure {
    /// The figure, or `None` where no method has a mask or the model has one kind of attention only. `modules` as from
    /// [`kept_by_module`](crate::kept_by_module).
    pub fn new(modules: &[KeptInModule], caption: &Caption) -> Option<Self> {
        let methods = method_columns(modules);
        let n_heads = modules.first()?.n_heads;
        let mut dense = methods.first()?.columns.first()?.clone();
        dense.label = n_heads.to_string();
        for module in &mut dense.modules {
            module.kept = module.heads;
        }
        let mut kinds: Vec<RowKind> = dense.modules.iter().map(|module| module.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        if kinds.len() < 2 {
            return None;
        }
        let (seeds, note) = what_is_averaged(modules);
        let subtitle = format!(
            "{seeds}; numbers in the bars: heads kept of each kind. Pale: the dense model, which keeps all \
             {n_heads}.{note}"
        );
        let title = caption.heading("Kinds of attention among the heads kept");
        let slots = methods.iter().map(|method| method.columns.len() + 1).max()?;
        let ticks = methods
            .iter()
            .flat_map(|method| &method.columns)
            .chain([&dense])
            .map(|column| column.label.as_str());
        let sums = methods
            .iter()
            .flat_map(|method| &method.columns)
            .flat_map(|column| kinds.iter().map(|&kind| column.kept_of(kind)));
        Some(Self {
            counts: Counts::of(sums),
            panels: Panels::new(
                (&title, &subtitle),
                methods.len(),
                slots,
                LABELS,
                PLOT_HEIGHT,
                ticks,
            ),
            methods: methods.clone(),
            kinds,
            dense,
            n_heads,
        })
    }

    /// The stacked bar of one column; nothing where no head is kept.
    fn bar<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        plot: Plot,
        (j, column): (usize, &Column),
        counts: Counts,
        strength: f64,
    ) -> Drawn<DB> {
        let width = (self.panels.slot * BAR).round();
        let left = self.panels.x(plot, j) + ((self.panels.slot - width) / 2.0).floor();
        let all: f64 = column.modules.iter().map(|module| module.kept).sum();
        let mut below = 0.0;
        for &kind in &self.kinds {
            let kept = column.kept_of(kind);
            if kept <= 0.0 {
                continue;
            }
            let y = |share: f64| (plot.bottom - share * (plot.bottom - plot.top)).round();
            let (bottom, top) = (y(below / all), y((below + kept) / all));
            below += kept;
            let part = [
                (left, top),
                (left + width, top),
                (left + width, bottom),
                (left, bottom),
            ];
            pen.area_of(&part, on_white(colour_of(kind), strength))?;
            let edge = [(left, top), (left + width, top)];
            pen.line(&edge, WHITE, 2.0)?;

            let text = counts.text(kept);
            let length = COUNT.set(&text).1 + 4.0;
            let ink = if kind == RowKind::EncoderSelf && strength == 1.0 {
                WHITE
            } else {
                INK
            };
            let middle = (left + width / 2.0, (top + bottom) / 2.0);
            let tall = |needed: f64| bottom - top >= needed;
            if length <= width && tall(1.1 * COUNT.size) {
                pen.text(&text, middle, COUNT, ink, Anchor::Centre)?;
            } else if tall(length) && COUNT.size <= width {
                pen.text(&text, middle, COUNT, ink, Anchor::Upwards)?;
            }
        }
        Ok(())
    }

    fn legend<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Drawn<DB> {
        let width = |kind: RowKind| SWATCH + SWATCH_GAP + LABEL.width(name_of(kind)) + LEGEND_GAP;
        let all = self.kinds.iter().map(|&kind| width(kind)).sum::<f64>() - LEGEND_GAP;
        let mut x = (self.panels.width - all) / 2.0;
        let y = self.panels.bottom() + LEGEND_ROW / 2.0;
        for &kind in &self.kinds {
            let (top, bottom) = (y - SWATCH / 2.0, y + SWATCH / 2.0);
            let square = [(x, top), (x + SWATCH, top), (x + SWATCH, bottom), (x, bottom)];
            pen.area_of(&square, colour_of(kind))?;
            let at = (x + SWATCH + SWATCH_GAP, y);
            pen.text(name_of(kind), at, LABEL, INK, Anchor::Left)?;
            x += width(kind);
        }
        Ok(())
    }
}

impl Picture for KindsFigure {
    fn file_stem(&self) -> Cow<'static, str> {
        "heads_by_kind".into()
    }

    fn size(&self) -> (u32, u32) {
        let height = self.panels.bottom() + LEGEND_ROW + MARGIN;
        (self.panels.width.ceil() as u32, height.ceil() as u32)
    }

    fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>) -> Drawn<DB> {
        let name = format!("attention heads kept (of {})", self.n_heads);
        self.panels.draw(pen, &self.methods, &name)?;
        for (i, method) in self.methods.iter().enumerate() {
            let plot = self.panels.plot(i);
            let columns = method.columns.len() + 1;
            let right = self.panels.x(plot, columns);
            for percent in [25.0, 50.0, 75.0, 100.0] {
                let y = plot.bottom - percent / 100.0 * (plot.bottom - plot.top);
                pen.line(&[(plot.left, y), (right, y)], GRID, 1.5)?;
            }
            for column in method.columns.iter().enumerate() {
                self.bar(pen, plot, column, self.counts, 1.0)?;
            }
            let whole = Counts::of(std::iter::empty());
            self.bar(pen, plot, (columns - 1, &self.dense), whole, PALE)?;
            self.panels.tick(pen, plot, columns - 1, &self.dense.label)?;
            pen.line(&[(plot.left, plot.bottom), (right, plot.bottom)], AXIS, 2.0)?;
        }
        for plot in self.panels.first_of_rows() {
            for percent in [0.0, 50.0, 100.0] {
                let y = plot.bottom - percent / 100.0 * (plot.bottom - plot.top);
                let at = (plot.left - 14.0, y);
                pen.text(&format!("{percent:.0}"), at, TICK, INK, Anchor::Right)?;
            }
        }
        let (top, bottom) = (
            self.panels.plot(0).top,
            self.panels.plot(self.methods.len().saturating_sub(1)).bottom,
        );
        let at = (self.panels.span().0 - LABELS + 22.0, (top + bottom) / 2.0);
        pen.text("share of the heads kept (%)", at, LABEL, INK, Anchor::Upwards)?;
        self.legend(pen)
    }
}

/// Self-attention in two blues and attention between the two sides in orange; dark, middle and light.
fn colour_of(kind: RowKind) -> RGBColor {
    match kind {
        RowKind::EncoderSelf => BLUE,
        RowKind::EncoderDecoder => ORANGE,
        RowKind::DecoderSelf => SKY_BLUE,
    }
}

/// A colour thinned with white; nothing shows through it.
fn on_white(RGBColor(r, g, b): RGBColor, strength: f64) -> RGBColor {
    let thin = |channel: u8| (255.0 - strength * (255.0 - f64::from(channel))).round() as u8;
    RGBColor(thin(r), thin(g), thin(b))
}

fn name_of(kind: RowKind) -> &'static str {
    match kind {
        RowKind::EncoderSelf => "encoder self-attention",
        RowKind::EncoderDecoder => "encoder-decoder attention",
        RowKind::DecoderSelf => "decoder self-attention",
    }
}
