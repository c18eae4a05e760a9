//! Forecasts of made-up sweeps.

use methods::Methods;
use records::costs::Price;

use super::super::rehearse;
use super::*;

/// 3 layers of 4 heads and 200 updates, two seeds, of these methods.
fn experiment(methods: &[&str]) -> Experiment {
    let mut experiment = Experiment::default();
    (experiment.model.layers, experiment.model.heads) = (3, 4);
    experiment.train.epochs = None;
    experiment.train.updates = Some(200);
    experiment.sweep.methods = methods.iter().map(|&name| name.to_owned()).collect();
    experiment.sweep.heads = vec![3];
    experiment.sweep.seeds = vec![1, 2];
    experiment.change::<methods::DspSection>(|section| section.cooldown = Some(0.5));
    experiment
}

fn facts() -> Facts {
    Facts {
        updates_per_epoch: 1000,
        examples: [("matched".to_owned(), 50)].into(),
        look_examples: 50,
        parameters: 1 << 20,
    }
}

fn measurement() -> Measurement {
    let price = |seconds| Price { seconds, count: 3 };
    Measurement {
        facts: facts(),
        start_seconds: 2.0,
        prices: [
            (Kind::Update, price(0.5)),
            (Kind::FrozenUpdate, price(0.25)),
            (Kind::Example, price(0.02)),
        ]
        .into(),
        ..Measurement::default()
    }
}

const MACHINE: Machine = Machine {
    jobs: 2,
    free_mib: Some(1000),
    disk: Some(Space {
        free: 1 << 40,
        total: 1 << 41,
    }),
};

fn of(experiment: &Experiment, machine: Machine, peak_mib: f64, finished: &[(&str, u64)]) -> Forecast {
    let plan = Plan::new(experiment, &methods::Methods::known()).unwrap();
    let mut estimate = Estimate::default();
    for (name, seconds) in finished {
        let method = Methods::known().find(name).unwrap();
        estimate.add(method, Duration::from_secs(*seconds));
    }
    let left: Vec<usize> = (0..plan.runs().len()).collect();
    let works = rehearse(experiment, &plan, &left, &facts()).unwrap();
    forecast(&Given {
        experiment,
        plan: &plan,
        left: &left,
        works: &works,
        finished: &estimate,
        measurement: Some(&measurement()),
        facts: &facts(),
        peak_mib: Some(peak_mib),
        guess_mib: 5,
        machine,
    })
}

#[test]
fn steps_times_their_price_and_chains_after_one_another() {
    let forecast = of(
        &experiment(&["dense", "dsp-pipelined", "random"]),
        MACHINE,
        10.0,
        &[],
    );
    let seconds = |method: &str| {
        let mut shares = forecast.shares.iter();
        shares.find(|share| share.method == method).unwrap().seconds
    };
    // Start, updates, examples; of each two seeds.
    assert_eq!(seconds("dense"), 2.0 * (2.0 + 200.0 * 0.5 + 50.0 * 0.02));
    assert_eq!(seconds("dsp-pipelined"), 2.0 * (2.0 + 200.0 * 0.25 + 50.0 * 0.02));
    assert_eq!(seconds("random"), 2.0 * (2.0 + 10.0 * 50.0 * 0.02));
    let order: Vec<&str> = forecast.shares.iter().map(|share| share.method).collect();
    assert_eq!(order, ["dense", "dsp-pipelined", "random"]);
    let time = forecast.time.unwrap();
    assert_eq!(time.work.as_secs_f64(), 2.0 * (103.0 + 53.0 + 12.0));
    assert_eq!(time.chain.as_secs_f64(), 103.0 + 53.0);
    assert_eq!((forecast.refusal(), forecast.warnings()), (None, Vec::new()));
}

#[test]
fn finished_runs_know_better_and_what_has_no_price_is_told() {
    let forecast = of(&experiment(&["dense", "michel"]), MACHINE, 10.0, &[("dense", 40)]);
    let dense = forecast
        .shares
        .iter()
        .find(|share| share.method == "dense")
        .unwrap();
    assert_eq!((dense.seconds, dense.source), (80.0, Source::Finished));
    // Derivatives were not measured, and cost no more than an update.
    let order = forecast
        .shares
        .iter()
        .find(|share| share.method == "michel-order")
        .unwrap();
    assert_eq!(order.source, Source::Measured);
    let mut without = measurement();
    without.prices.clear();
    let experiment = experiment(&["dense"]);
    let plan = Plan::new(&experiment, &methods::Methods::known()).unwrap();
    let works = rehearse(&experiment, &plan, &[0, 1], &facts()).unwrap();
    let forecast = super::forecast(&Given {
        experiment: &experiment,
        plan: &plan,
        left: &[0, 1],
        works: &works,
        finished: &Estimate::default(),
        measurement: Some(&without),
        facts: &facts(),
        peak_mib: None,
        guess_mib: 5,
        machine: MACHINE,
    });
    assert_eq!(
        (forecast.time, forecast.unknown.as_slice()),
        (None, &["dense"][..])
    );
    assert_eq!(forecast.warnings(), ["what runs of dense take is not known"]);
}

#[test]
fn a_disk_without_room_for_a_run_is_refused_and_for_all_warned_of() {
    let experiment = experiment(&["dense", "dsp-pipelined"]);
    let with_disk = |free: u64| {
        let disk = Some(Space { free, total: 1 << 41 });
        of(&experiment, Machine { disk, ..MACHINE }, 10.0, &[])
    };
    let Need { stays, passes, all } = with_disk(1 << 40).need;
    // Weights of 4 MiB, two checkpoints of three times that, and a few KiB of logs and answers.
    assert_eq!(passes, 6 * 4 * MIB);
    assert_eq!(stays, 4 * MIB + 200 * LOG_LINE + 50 * ANSWER);
    assert_eq!(all, 2 * stays + 2 * (200 * LOG_LINE + 50 * ANSWER) + 2 * passes);
    let refused = with_disk(stays + passes - 1);
    let (error, hint) = refused.refusal().unwrap();
    assert_eq!(
        error,
        "a run needs about 28 MiB of disk, 24 MiB of it while it trains, and 28 MiB are free"
    );
    assert!(hint.contains("--out"));
    let enough_for_one = with_disk(stays + passes);
    assert_eq!(enough_for_one.refusal(), None);
    assert!(enough_for_one.warnings()[0].starts_with("all runs need about "));
    assert!(with_disk(all).warnings().is_empty());
    // A model that is kept at looks, too.
    let mut looking = experiment.clone();
    looking.select.model = Keep::Average;
    looking.select.average = 5;
    assert_eq!(of(&looking, MACHINE, 10.0, &[]).need.passes, (6 + 6) * 4 * MIB);
    looking.train.checkpoint_every = 0;
    assert_eq!(of(&looking, MACHINE, 10.0, &[]).need.passes, 6 * 4 * MIB);
}

#[test]
fn memory_limits_the_runs_side_by_side() {
    let experiment = experiment(&["dense", "dsp-joint"]);
    let jobs = |jobs, peak| of(&experiment, Machine { jobs, ..MACHINE }, peak, &[]);
    let all = jobs(8, 100.0);
    assert_eq!(
        (all.jobs, all.side_by_side),
        (4, 4),
        "no more than there are runs"
    );
    let some = jobs(8, 400.0);
    assert_eq!(some.side_by_side, 2);
    assert_eq!(some.warnings(), ["memory suffices for 2 of 4 runs side by side"]);
    let tight = jobs(2, 1000.5);
    assert_eq!(tight.side_by_side, 1);
    assert!(tight.warnings()[0].starts_with("a run holds about 1001 MiB of memory, and 1000 MiB are free"));
    let machine = Machine {
        free_mib: None,
        disk: None,
        ..MACHINE
    };
    let unknown = of(&experiment, machine, 1e9, &[]);
    assert_eq!((unknown.refusal(), unknown.warnings()), (None, Vec::new()));
}

#[test]
fn sizes_are_readable() {
    let sizes = [0, 1023, 418 * MIB, 1331 * MIB, 62 << 30, 210 << 30, 5 << 40].map(size);
    assert_eq!(
        sizes,
        [
            "0 KiB", "1 KiB", "418 MiB", "1.3 GiB", "62.0 GiB", "210 GiB", "5.0 TiB"
        ]
    );
}
