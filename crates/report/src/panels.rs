//! The figures that are charts of panels, for the artefacts that draw them and for the page that makes them live.

use crate::ReportError;
use crate::artefact::Stored;
use crate::efficiency::efficiency;
use crate::figure::{
    Chart, MetricFigure, agreement_chart, cost_chart, dynamics_chart, efficiency_chart, factors_chart,
    methods_chart,
};
use crate::measure::{MEASURES, Measure};
use crate::stability::stability;

/// The main figure of a metric; none where no run has it.
pub(crate) fn main_figure(sweep: &Stored, measure: Measure) -> Option<MetricFigure> {
    MetricFigure::new(
        &sweep.points,
        &sweep.gaps,
        &sweep.published,
        measure,
        &sweep.caption,
    )
}

/// Every figure that is a chart, that of a metric as one too.
///
/// # Errors
/// A mask is wrong.
pub(crate) fn charts(sweep: &Stored) -> Result<Vec<Chart>, ReportError> {
    let caption = &sweep.caption;
    let mut charts = Vec::new();
    for measure in MEASURES {
        let all = MetricFigure::with_others(&sweep.points, &sweep.gaps, &sweep.published, measure, caption);
        charts.extend(all.map(|figure| figure.chart()));
        charts.extend(methods_chart(&sweep.points, &sweep.gaps, &measure, caption));
    }
    charts.extend(efficiency_chart(
        &efficiency(&sweep.points, &sweep.latency),
        &sweep.gaps,
        caption,
    ));
    charts.extend(cost_chart(&sweep.points, caption));
    charts.extend(factors_chart(&sweep.points, caption));
    charts.extend(agreement_chart(&stability(&sweep.heads)?, &sweep.gaps, caption));
    charts.extend(dynamics_chart(&sweep.dynamics, caption));
    Ok(charts)
}
