//! A forecast in a few lines for a reader.

use std::time::Duration;

use records::costs::{Kind, Measurement};

use super::forecast::{Forecast, Source, size};
use crate::progress::readable;

/// Methods that the line of times names.
const NAMED: usize = 4;

impl Forecast {
    /// What it says, and what it is made of. `measurement` is what was measured for it, if anything was.
    pub fn lines(&self, measurement: Option<&Measurement>) -> Vec<String> {
        let mut lines = vec![self.heading(measurement)];
        lines.extend(
            measurement
                .and_then(steps)
                .map(|steps| format!("  steps   {steps}")),
        );
        lines.extend(self.times().map(|times| format!("  time    {times}")));
        lines.push(format!("  memory  {}", self.memory()));
        lines.push(format!("  disk    {}", self.room()));
        lines
    }

    fn heading(&self, measurement: Option<&Measurement>) -> String {
        let runs = match self.runs {
            1 => "1 run is left".to_owned(),
            runs => format!("{runs} runs are left"),
        };
        match measurement {
            None => format!("{runs}; what they take, by finished runs:"),
            Some(Measurement {
                device,
                threads,
                seconds,
                ..
            }) => {
                let threads = match threads {
                    1 => "1 thread".to_owned(),
                    threads => format!("{threads} threads"),
                };
                format!("{runs}; what they take, by {seconds:.1} s of measuring on {device} with {threads}:")
            }
        }
    }

    /// `about 41 h 10 min of work, about 20 h 35 min with 2 jobs: dsp-joint 22 h 03 min, …`.
    fn times(&self) -> Option<String> {
        let time = self.time?;
        let mut text = format!("about {} of work", readable(time.work));
        if self.side_by_side > 1 {
            let with_jobs = readable(time.with_jobs(self.side_by_side));
            text.push_str(&format!(
                ", about {with_jobs} with {} side by side",
                self.side_by_side
            ));
        }
        let named = self.shares.iter().take(NAMED).map(|share| {
            let time = Duration::try_from_secs_f64(share.seconds).unwrap_or(Duration::MAX);
            format!("{} {} ({})", share.method, readable(time), share.runs)
        });
        let mut named: Vec<String> = named.collect();
        if self.shares.len() > NAMED {
            named.push("…".to_owned());
        }
        text.push_str(&format!(": {}", named.join(", ")));
        let from = |source: Source| self.shares.iter().any(|share| share.source == source);
        text.push_str(match (from(Source::Measured), from(Source::Finished)) {
            (true, false) => "; steps times their number, without saving, and alone on the machine",
            (true, true) => "; finished runs of a method where there are some, else steps times their number",
            (false, _) => "; the mean of finished runs of the same method",
        });
        Some(text)
    }

    /// `4.2 GiB a run, 4.5 GiB by its sizes; 17.6 GiB free`.
    pub fn memory(&self) -> String {
        let mib = |mib: u64| size(mib.saturating_mul(1 << 20));
        let run = self.peak_mib.map_or_else(
            || "a run's peak is not known".to_owned(),
            |peak| format!("{} a run", mib(peak)),
        );
        let more = self.peak_mib.is_none_or(|peak| peak < self.need_mib);
        let sizes = if more {
            format!(", {} by its sizes", mib(self.need_mib))
        } else {
            String::new()
        };
        let free = self.free_mib.map(|free| format!("; {} free", mib(free)));
        format!("{run}{sizes}{}", free.unwrap_or_default())
    }

    /// `418 MiB a run and 2.4 GiB more while it trains; 60.0 GiB in all; 210 GiB free`.
    pub fn room(&self) -> String {
        let need = self.need;
        let mut text = format!("{} a run", size(need.stays));
        if need.passes > 0 {
            text.push_str(&format!(" and {} more while it trains", size(need.passes)));
        }
        text.push_str(&format!("; {} in all", size(need.all)));
        if let Some(disk) = self.disk {
            text.push_str(&format!("; {} free", size(disk.free)));
        }
        text
    }
}

/// `an update 1.84 s (8 measured), …`; none where nothing was measured.
fn steps(measurement: &Measurement) -> Option<String> {
    let name = |kind: Kind| match kind {
        Kind::Update => "an update",
        Kind::FrozenUpdate => "with frozen weights",
        Kind::Batch => "derivatives of a batch",
        Kind::ExampleBatch => "derivatives of a batch's examples",
        Kind::PositionBatch => "derivatives of a batch's positions",
        Kind::Example => "an example evaluated",
        Kind::Look => "an example looked at",
    };
    let steps: Vec<String> = measurement
        .prices
        .iter()
        .map(|(kind, price)| format!("{} {} ({})", name(*kind), short(price.seconds), price.count))
        .collect();
    (!steps.is_empty()).then(|| steps.join(", "))
}

/// `1.84 s`, `21 ms`, `0.42 ms`, `4.2 µs`.
fn short(seconds: f64) -> String {
    match seconds {
        seconds if seconds >= 10.0 => format!("{seconds:.0} s"),
        seconds if seconds >= 1.0 => format!("{seconds:.2} s"),
        seconds if seconds >= 1e-2 => format!("{:.0} ms", 1e3 * seconds),
        seconds if seconds >= 1e-4 => format!("{:.2} ms", 1e3 * seconds),
        seconds => format!("{:.1} µs", 1e6 * seconds),
    }
}

#[cfg(test)]
mod tests {
    use files::Space;

    use super::super::forecast::{Need, Share};
    use super::*;
    use crate::progress::Left;
    use records::costs::{Facts, Price};

    fn forecast() -> Forecast {
        let share = |method, runs, seconds, source| Share {
            method,
            runs,
            seconds,
            source,
        };
        Forecast {
            runs: 12,
            shares: vec![
                share("dsp-joint", 9, 36000.0, Source::Measured),
                share("random", 3, 600.0, Source::Measured),
            ],
            unknown: Vec::new(),
            time: Some(Left {
                work: Duration::from_secs(36600),
                chain: Duration::from_secs(4200),
            }),
            side_by_side: 2,
            jobs: 2,
            peak_mib: Some(4312),
            need_mib: 4600,
            free_mib: Some(18000),
            need: Need {
                stays: 418 << 20,
                passes: 2508 << 20,
                all: 60 << 30,
            },
            disk: Some(Space {
                free: 210 << 30,
                total: 1 << 40,
            }),
        }
    }

    #[test]
    fn a_reader_sees_what_it_takes_and_how_that_is_known() {
        let price = |seconds, count| Price { seconds, count };
        let measurement = Measurement {
            facts: Facts::default(),
            device: "flex".to_owned(),
            threads: 2,
            seconds: 14.23,
            prices: [
                (Kind::Update, price(1.8412, 3)),
                (Kind::Example, price(0.0213, 64)),
            ]
            .into(),
            ..Measurement::default()
        };
        assert_eq!(
            forecast().lines(Some(&measurement)).join("\n"),
            "12 runs are left; what they take, by 14.2 s of measuring on flex with 2 threads:\n  \
             steps   an update 1.84 s (3), an example evaluated 21 ms (64)\n  \
             time    about 10 h 10 min of work, about 5 h 05 min with 2 side by side: dsp-joint 10 h 00 min (9), random \
             10 min 00 s (3); steps times their number, without saving, and alone on the machine\n  \
             memory  4.2 GiB a run, 4.5 GiB by its sizes; 17.6 GiB free\n  \
             disk    418 MiB a run and 2.4 GiB more while it trains; 60.0 GiB in all; 210 GiB free"
        );
    }

    #[test]
    fn without_a_measurement_finished_runs_speak() {
        let mut forecast = forecast();
        forecast.runs = 1;
        forecast.side_by_side = 1;
        (forecast.free_mib, forecast.disk, forecast.peak_mib) = (None, None, None);
        forecast.need.passes = 0;
        for share in &mut forecast.shares {
            share.source = Source::Finished;
        }
        assert_eq!(
            forecast.lines(None).join("\n"),
            "1 run is left; what they take, by finished runs:\n  \
             time    about 10 h 10 min of work: dsp-joint 10 h 00 min (9), random 10 min 00 s (3); the mean of finished runs \
             of the same method\n  \
             memory  a run's peak is not known, 4.5 GiB by its sizes\n  \
             disk    418 MiB a run; 60.0 GiB in all"
        );
    }

    #[test]
    fn short_times_keep_their_digits() {
        let times = [0.000_004_2, 0.000_42, 0.0213, 1.8412, 31.4].map(short);
        assert_eq!(times, ["4.2 µs", "0.42 ms", "21 ms", "1.84 s", "31 s"]);
    }
}
