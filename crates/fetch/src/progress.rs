//! How far a download is: a bar on a terminal, a line at its beginning elsewhere.

use std::io::Write;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

/// Told how far downloads are.
pub trait Watch {
    /// A server begins to send a file of which so many bytes are there already.
    fn begins(&mut self, name: &str, url: &str, have: u64, total: Option<u64>);
    /// So many bytes more are there.
    fn received(&mut self, bytes: u64);
    /// The server has sent all, or sends no more.
    fn ends(&mut self);
    /// Something the user should know.
    fn says(&mut self, text: &str);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Watch for Silent {
    fn begins(&mut self, _: &str, _: &str, _: u64, _: Option<u64>) {}
    fn received(&mut self, _: u64) {}
    fn ends(&mut self) {}
    fn says(&mut self, _: &str) {}
}

/// Tells the user on stderr; the bar is drawn on terminals only.
#[derive(Debug)]
pub struct OnStderr {
    bar: ProgressBar,
}

impl Default for OnStderr {
    fn default() -> Self {
        Self {
            bar: ProgressBar::hidden(),
        }
    }
}

impl Watch for OnStderr {
    fn begins(&mut self, name: &str, url: &str, have: u64, total: Option<u64>) {
        let size = total.map_or_else(String::new, |total| format!(" ({})", readable(total)));
        let verb = if have > 0 {
            format!("goes on after {} with", readable(have))
        } else {
            "fetches".to_owned()
        };
        self.says(&format!("{verb} {name}{size} from {}", without_query(url)));
        let (bar, template) = match total {
            Some(total) => (
                ProgressBar::new(total),
                "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}",
            ),
            None => (
                ProgressBar::no_length(),
                "{msg} {spinner} {bytes} {bytes_per_sec}",
            ),
        };
        self.bar = bar.with_message(name.to_owned()).with_position(have);
        // A template is a constant; should it not parse, the plain style still shows the count.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        self.bar.set_style(style.progress_chars("=> "));
        // The rate is that of this connection.
        self.bar.reset_eta();
    }

    fn received(&mut self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn ends(&mut self) {
        self.bar.finish_and_clear();
    }

    fn says(&mut self, text: &str) {
        // Nobody to tell that stderr is closed.
        self.bar.suspend(|| {
            let _ = writeln!(std::io::stderr(), "{text}");
        });
    }
}

/// Bytes as people read them.
pub(crate) fn readable(bytes: u64) -> String {
    HumanBytes(bytes).to_string()
}

/// An address without what signs it, which is long and means nothing to a reader.
fn without_query(url: &str) -> &str {
    url.split_once('?').map_or(url, |(address, _)| address)
}
