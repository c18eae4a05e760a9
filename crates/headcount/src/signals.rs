//! Ctrl-C and SIGTERM: the first asks to stop, another to stop at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tasks::Interruption;

use crate::problem::{Result, cannot};
use crate::terminal::INTERRUPTED;

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

/// At Ctrl-C or SIGTERM a training is saved before the process ends; at the second one it ends at once. `clean` is called
/// before it ends.
pub(crate) fn interruption(clean: impl Fn() + Send + 'static) -> Result<Arc<Interruption>> {
    let interruption = Arc::new(Interruption::default());
    let asked = Arc::clone(&interruption);
    on_signal(move |again| {
        let is_saving = asked.request();
        if again || !is_saving {
            clean();
            std::process::exit(INTERRUPTED.into());
        }
    })?;
    Ok(interruption)
}
