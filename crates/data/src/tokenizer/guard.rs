//! Calls of a library that panics on some of what files and texts bring it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread would be caught and told as an error, so that a panic hook need not tell of it.
pub fn panics_are_caught() -> bool {
    GUARDED.get()
}

/// Makes a call; what it panics with is an error.
pub(super) fn guard<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    let outer = GUARDED.replace(true);
    // What the call works on is dropped or not used again after an error.
    let outcome = catch_unwind(AssertUnwindSafe(call));
    GUARDED.set(outer);
    outcome.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied());
        text.unwrap_or("it failed without saying why").to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_text() {
        assert_eq!(guard(|| 1), Ok(1));
        let places: [usize; 0] = [];
        let index = places.len();
        let failed = guard(|| {
            assert!(panics_are_caught());
            places[index]
        });
        assert!(failed.unwrap_err().contains("out of bounds"));
        assert!(!panics_are_caught());
    }
}
