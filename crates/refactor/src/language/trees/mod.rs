//! What the languages share that are read by tree-sitter: parsing within bounds, the lexemes of a file, scopes, and the
//! files that a question touches.
//!
//! In reading order: [`parse`] makes a tree of a text, with its [`lexemes`]; [`nodes`] reads it; [`scopes`] keeps what
//! is declared where; [`files`] keeps what was read; [`asked`] finds calls that are given names.

mod asked;
mod files;
mod lexemes;
mod nodes;
mod parse;
mod scopes;

pub(super) use self::{
    asked::{asked_by_data, pieces_of},
    files::{Files, folder_of},
    lexemes::{Lexeme, Lexemes},
    nodes::{all_of, children, letters},
    parse::{Grammar, Parsed, read},
    scopes::{Declaration, DeclarationId, ScopeId, Scopes},
};
