//! Ends a test whose reader hangs: nothing else can end a call in the process of the test.

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// Watches until it is dropped.
pub(crate) struct Watchdog(#[expect(dead_code, reason = "what listens hears that it is dropped")] Sender<()>);

impl Watchdog {
    /// After `limit` tells of the case and of the folder with its files, and calls `end`.
    pub(crate) fn new(
        limit: Duration,
        case: &str,
        place: &Path,
        end: impl FnOnce() + Send + 'static,
    ) -> Self {
        let (dropped, wait) = channel();
        let said = format!(
            "FAILED it has not ended after {limit:?}\n  kept in {}\n  as a case: {case}",
            place.display()
        );
        std::thread::spawn(move || {
            if wait.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                eprintln!("{said}");
                end();
            }
        });
        Self(dropped)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn only_what_hangs_is_ended() {
        let (ended, wait) = channel();
        let watch = |limit| {
            let ended = ended.clone();
            Watchdog::new(limit, "readers: x gone", Path::new("folder"), move || {
                let _ = ended.send(limit);
            })
        };
        drop(watch(Duration::from_secs(3600)));
        let _watchdog = watch(Duration::from_millis(1));
        assert_eq!(wait.recv(), Ok(Duration::from_millis(1)));
    }
}
