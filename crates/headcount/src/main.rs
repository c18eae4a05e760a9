//! The `headcount` program; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    headcount::run(std::env::args_os())
}
