//! What users bring, made up in small and laid out as the real things are: MNLI, a pretrained encoder, IWSLT14's archive.
#![allow(dead_code, reason = "each test brings some of it")]

pub(crate) mod encoder;
pub(crate) mod iwslt14;
pub(crate) mod mnli;
