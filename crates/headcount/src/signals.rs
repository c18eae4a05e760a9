//! Ctrl-C and SIGTERM: the first asks to stop, another to stop at once.

use std::time::{Duration, Instant};

use crate::problem::{Result, cannot};

/// Signals that come sooner after the first say the same: `timeout`, for one, sends each twice.
const SAME: Duration = Duration::from_secs(1);

/// From now on calls `heard` with false at the first signal, and with true at each that means more.
pub(crate) fn on_signal(mut heard: impl FnMut(bool) + Send + 'static) -> Result<()> {
    let mut first: Option<Instant> = None;
    let handler = move || match first {
        None => {
            first = Some(Instant::now());
            heard(false);
        }
        Some(first) if first.elapsed() >= SAME => heard(true),
        Some(_) => {}
    };
    ctrlc::set_handler(handler).map_err(cannot("listen to interrupts"))
}
