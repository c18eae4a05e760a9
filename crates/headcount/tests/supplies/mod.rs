//! What users bring or download, made up in small and laid out as the real things are: MNLI, a pretrained encoder,
//! IWSLT14's archive, and a server that has them.
#![allow(dead_code, reason = "each test brings some of it")]

pub(crate) mod encoder;
pub(crate) mod iwslt14;
pub(crate) mod mnli;
#[path = "../../../fetch/tests/server/mod.rs"]
pub(crate) mod server;
pub(crate) mod web;
