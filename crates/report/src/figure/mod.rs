//! Figures as PNG and SVG: a metric against the heads kept, which heads were kept, and what all subsets are worth.

mod axis;
mod canvas;
mod chart;
mod columns;
mod efficiency;
mod font;
mod frame;
mod heading;
mod kinds;
mod layers;
mod legend;
mod metric;
mod missing;
mod oracle;
mod panels;
mod pen;
mod raster;
mod strokes;
mod style;
mod theme;

pub(crate) use efficiency::efficiency_chart;
pub(crate) use kinds::KindsFigure;
pub(crate) use layers::LayersFigure;
pub(crate) use metric::MetricFigure;
pub(crate) use missing::Missing;
pub(crate) use oracle::OracleFigure;
pub(crate) use raster::{Picture, render_png, render_svg};
pub(crate) use style::{curve_name, curve_rank, is_control_of, is_of_first};
