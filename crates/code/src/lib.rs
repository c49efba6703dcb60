#![doc = include_str!("../README.md")]

pub mod anchor;
pub mod attributes;
pub mod blob;
pub mod facts;
pub mod hash;
pub mod index;
pub mod kind;
pub mod language;
pub mod limits;
pub mod manifest;
pub mod snapshot;
pub mod symbols;
