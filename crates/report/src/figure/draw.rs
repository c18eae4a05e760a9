//! Lays the figure out and draws it: headings, one panel a split, the legend below.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::font::Font;
use super::pen::{Anchor, Pen, Point};
use super::style::{DENSE, Style};
use super::{HeadsFigure, Marked, Panel};

const TITLE: Font = Font::semibold(32.0);
const SUBTITLE: Font = Font::regular(26.0);
const PANEL_TITLE: Font = Font::semibold(28.0);
const LABEL: Font = Font::regular(26.0);
const TICK: Font = Font::regular(24.0);

const INK: RGBColor = RGBColor(30, 30, 30);
const SOFT_INK: RGBColor = RGBColor(85, 85, 85);
const GRID: RGBColor = RGBColor(225, 225, 225);
const AXIS: RGBColor = RGBColor(110, 110, 110);

const MARGIN: f64 = 36.0;
const LEADING: f64 = 1.6;
const PANEL_WIDTH: f64 = 900.0;
/// Right of a plot.
const PANEL_GAP: f64 = 28.0;
const NARROWEST: f64 = 1300.0;
const PLOT_HEIGHT: f64 = 620.0;
/// Left of a plot: the axis's name and its tick labels.
const VALUE_LABELS: f64 = 132.0;
/// Below a plot: tick labels and the axis's name.
const HEADS_LABELS: f64 = 104.0;
const LEGEND_ROW: f64 = 46.0;
/// The piece of curve beside a name in the legend, and the room around it.
const SAMPLE: f64 = 64.0;
const SAMPLE_GAP: f64 = 14.0;
const LEGEND_GAP: f64 = 40.0;

/// Opacity of the bands of a few curves, and of more than [`FEW_CURVES`].
const BAND: f64 = 0.14;
const FAINT_BAND: f64 = 0.10;
const FEW_CURVES: usize = 4;

/// Where everything goes, in pixels of the SVG.
pub(super) struct Layout {
    /// Width and height of the whole figure.
    pub size: (u32, u32),
    title: Vec<String>,
    subtitle: Vec<String>,
    /// The width of each column of the legend.
    legend_columns: Vec<f64>,
}

impl Layout {
    pub fn new(figure: &HeadsFigure) -> Self {
        let width = (2.0 * MARGIN + PANEL_WIDTH * figure.panels.len() as f64).max(NARROWEST);
        let inner = width - 2.0 * MARGIN;
        let names: Vec<f64> = figure.legend.iter().map(|(name, _)| LABEL.width(name)).collect();
        let columns_of = |rows: usize| {
            // Rows of about equal length rather than full ones and a rest.
            let columns = names.len().div_ceil(rows).max(1);
            let widest = |column| {
                names
                    .iter()
                    .skip(column)
                    .step_by(columns)
                    .copied()
                    .fold(0.0, f64::max)
            };
            (0..columns)
                .map(|column| widest(column) + SAMPLE + SAMPLE_GAP + LEGEND_GAP)
                .collect::<Vec<f64>>()
        };
        let fits = |columns: &Vec<f64>| columns.iter().sum::<f64>() - LEGEND_GAP <= inner;
        let legend_columns = (1..names.len())
            .map(columns_of)
            .find(fits)
            .unwrap_or_else(|| columns_of(names.len().max(1)));
        let legend_rows = names.len().div_ceil(legend_columns.len()) as f64;
        let mut layout = Self {
            size: (width as u32, 0),
            title: TITLE.wrap(&figure.title, inner),
            subtitle: SUBTITLE.wrap(&figure.subtitle, inner),
            legend_columns,
        };
        layout.size.1 = (layout.legend_top() + legend_rows * LEGEND_ROW + MARGIN).ceil() as u32;
        layout
    }

    fn plot_top(&self) -> f64 {
        let titles = self.title.len() as f64 * TITLE.size + self.subtitle.len() as f64 * SUBTITLE.size;
        MARGIN + titles * LEADING + 2.3 * PANEL_TITLE.size
    }

    fn legend_top(&self) -> f64 {
        self.plot_top() + PLOT_HEIGHT + HEADS_LABELS + 16.0
    }
}

type Drawn<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// Draws `figure` on `area`, `unit` pixels to a unit of the layout.
pub(super) fn draw<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    figure: &HeadsFigure,
    layout: &Layout,
    unit: f64,
) -> Drawn<DB> {
    area.fill(&WHITE)?;
    let pen = Pen { area, unit };
    let mut y = MARGIN;
    for (lines, font, colour) in [
        (&layout.title, TITLE, INK),
        (&layout.subtitle, SUBTITLE, SOFT_INK),
    ] {
        for line in lines {
            pen.text(line, (MARGIN, y + font.size / 2.0), font, colour, Anchor::Left)?;
            y += font.size * LEADING;
        }
    }
    let inner = f64::from(layout.size.0) - 2.0 * MARGIN;
    let share = inner / figure.panels.len() as f64;
    for (i, panel) in figure.panels.iter().enumerate() {
        let left = MARGIN + share * i as f64;
        let plot = Plot {
            figure,
            left: left + VALUE_LABELS,
            right: left + share - PANEL_GAP,
            top: layout.plot_top(),
            bottom: layout.plot_top() + PLOT_HEIGHT,
        };
        plot.axes(&pen, panel)?;
        plot.curves(&pen, panel)?;
    }
    legend(&pen, figure, layout)
}

/// One panel's rectangle of curves.
struct Plot<'a> {
    figure: &'a HeadsFigure,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Plot<'_> {
    fn x(&self, k: u32) -> f64 {
        self.left + self.figure.heads.position(k) * (self.right - self.left)
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - self.figure.values.position(value) * (self.bottom - self.top)
    }

    fn axes<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, panel: &Panel) -> Drawn<DB> {
        let Self {
            figure,
            left,
            right,
            top,
            bottom,
        } = *self;
        let middle = (left + right) / 2.0;
        pen.text(
            &panel.split,
            (left, top - 0.95 * PANEL_TITLE.size),
            PANEL_TITLE,
            INK,
            Anchor::Left,
        )?;

        for &tick in &figure.values.ticks {
            let y = self.y(tick);
            pen.line(&[(left, y), (right, y)], GRID, 1.5)?;
            let label = format!("{tick:.*}", figure.values.decimals);
            pen.text(&label, (left - 14.0, y), TICK, INK, Anchor::Right)?;
        }
        for &k in &figure.heads.ticks {
            pen.line(&[(self.x(k), bottom), (self.x(k), bottom + 7.0)], AXIS, 2.0)?;
        }
        for k in figure
            .heads
            .labels(right - left, |k| TICK.width(&k.to_string()) + 8.0)
        {
            pen.line(&[(self.x(k), bottom), (self.x(k), bottom + 12.0)], AXIS, 2.0)?;
            pen.text(
                &k.to_string(),
                (self.x(k), bottom + 32.0),
                TICK,
                INK,
                Anchor::Centre,
            )?;
        }
        pen.line(&[(left, top), (left, bottom), (right, bottom)], AXIS, 2.0)?;

        let logarithmic = if figure.heads.logarithmic {
            ", log scale"
        } else {
            ""
        };
        let name = format!("attention heads kept (of {}{logarithmic})", figure.heads.n_heads);
        pen.text(&name, (middle, bottom + 78.0), LABEL, INK, Anchor::Centre)?;
        let at = (left - VALUE_LABELS + 22.0, (top + bottom) / 2.0);
        pen.text(&figure.measure.label(), at, LABEL, INK, Anchor::Upwards)
    }

    fn curves<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, panel: &Panel) -> Drawn<DB> {
        let opacity = if panel.curves.len() > FEW_CURVES {
            FAINT_BAND
        } else {
            BAND
        };
        // Under everything else, and the legend's first curve on top of the others.
        let styled = || {
            panel
                .curves
                .iter()
                .rev()
                .filter_map(|(i, points)| Some((self.figure.legend.get(*i)?.1, points)))
        };
        if let Some(Marked {
            interval: Some((low, high)),
            ..
        }) = panel.dense
        {
            let (high, low) = (self.y(high), self.y(low));
            let corners = [
                (self.left, high),
                (self.right, high),
                (self.right, low),
                (self.left, low),
            ];
            pen.area_of(&corners, BLACK.mix(0.07))?;
        }
        for (style, points) in styled() {
            // A band ends where a point has no interval.
            for run in points.chunk_by(|a, b| a.interval.is_some() == b.interval.is_some()) {
                self.band(pen, run, style, opacity)?;
            }
        }
        if let Some(dense) = panel.dense {
            pen.dashes((self.left, self.y(dense.mean)), self.right, BLACK, 3.0)?;
        }
        for (style, points) in styled() {
            let line: Vec<Point> = points
                .iter()
                .map(|point| (self.x(point.k), self.y(point.mean)))
                .collect();
            if line.len() > 1 {
                pen.line(&line, style.colour, 3.5)?;
            }
            line.iter().try_for_each(|&at| pen.marker(at, style))?;
        }
        Ok(())
    }

    /// The intervals of neighbouring points as a band; of a lone point as a bar.
    fn band<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        run: &[Marked],
        style: Style,
        opacity: f64,
    ) -> Drawn<DB> {
        let edge = |end: fn((f64, f64)) -> f64| {
            run.iter()
                .filter_map(move |point| Some((self.x(point.k), self.y(end(point.interval?)))))
        };
        let (low, high): (Vec<Point>, Vec<Point>) = (edge(|ci| ci.0).collect(), edge(|ci| ci.1).collect());
        match (low.as_slice(), high.as_slice()) {
            ([], _) | (_, []) => Ok(()),
            (&[from], &[to]) => {
                for (x, y) in [from, to] {
                    pen.line(&[(x - 7.0, y), (x + 7.0, y)], style.colour, 2.5)?;
                }
                pen.line(&[from, to], style.colour, 2.5)
            }
            _ => {
                let outline: Vec<Point> = low.into_iter().chain(high.into_iter().rev()).collect();
                pen.area_of(&outline, style.colour.mix(opacity))
            }
        }
    }
}

fn legend<DB: DrawingBackend>(pen: &Pen<'_, DB>, figure: &HeadsFigure, layout: &Layout) -> Drawn<DB> {
    let width = layout.legend_columns.iter().sum::<f64>() - LEGEND_GAP;
    let left = (f64::from(layout.size.0) - width) / 2.0;
    for (i, (name, style)) in figure.legend.iter().enumerate() {
        let (row, column) = (i / layout.legend_columns.len(), i % layout.legend_columns.len());
        let x = left + layout.legend_columns.iter().take(column).sum::<f64>();
        let y = layout.legend_top() + (row as f64 + 0.5) * LEGEND_ROW;
        if name == DENSE {
            pen.dashes((x, y), x + SAMPLE, BLACK, 3.0)?;
        } else {
            pen.line(&[(x, y), (x + SAMPLE, y)], style.colour, 3.5)?;
            pen.marker((x + SAMPLE / 2.0, y), *style)?;
        }
        pen.text(name, (x + SAMPLE + SAMPLE_GAP, y), LABEL, INK, Anchor::Left)?;
    }
    Ok(())
}
