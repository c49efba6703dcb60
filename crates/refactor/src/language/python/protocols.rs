//! Members that the standard library asks any object for, whatever its class: who renames one loses what it stands in for.

use super::clashes::{Question, place};
use crate::language::{Clash, SymbolKind};

/// What a kind of object is asked for.
struct Protocol {
    /// How people call such objects.
    objects: &'static str,
    /// Names by which one knows them.
    telling: &'static [&'static str],
    /// Names that they may have besides: of others these say nothing.
    more: &'static [&'static str],
}

/// The standard library's documentation of `io`, `importlib`, `collections.abc`, `threading`, `numbers`, `logging`, `wsgiref`.
const PROTOCOLS: [Protocol; 6] = [
    Protocol {
        objects: "files",
        telling: &[
            "read",
            "read1",
            "readinto",
            "readinto1",
            "readline",
            "readlines",
            "write",
            "writelines",
            "seekable",
            "readable",
            "writable",
            "fileno",
            "isatty",
            "detach",
        ],
        more: &[
            "close", "closed", "flush", "seek", "tell", "truncate", "name", "mode", "encoding", "errors", "newlines",
            "buffer", "raw",
        ],
    },
    Protocol {
        objects: "finders and loaders of modules",
        telling: &[
            "find_spec",
            "find_module",
            "find_loader",
            "find_distributions",
            "load_module",
            "create_module",
            "exec_module",
            "get_source",
            "get_code",
            "get_data",
            "get_filename",
            "is_package",
            "get_resource_reader",
            "invalidate_caches",
            "iter_modules",
        ],
        more: &["name", "path"],
    },
    Protocol { objects: "mappings", telling: &["keys"], more: &[] },
    Protocol { objects: "locks", telling: &["acquire", "release"], more: &["locked"] },
    Protocol {
        objects: "numbers",
        telling: &["as_integer_ratio", "numerator", "denominator", "conjugate"],
        more: &["real", "imag", "is_integer"],
    },
    Protocol {
        objects: "protocols of `asyncio`",
        telling: &["connection_made", "connection_lost", "data_received", "datagram_received", "eof_received"],
        more: &["error_received", "pause_writing", "resume_writing"],
    },
];

impl Question<'_, '_> {
    /// Protocols that the member is part of.
    pub(super) fn asked_of_any_object(&self) -> Option<Clash> {
        if !matches!(self.symbol.kind, SymbolKind::Method | SymbolKind::Attribute | SymbolKind::Property) {
            return None;
        }
        let name = self.symbol.name.as_str();
        let protocol = PROTOCOLS.iter().find(|protocol| {
            protocol.telling.contains(&name) || protocol.more.contains(&name) && self.is_one_of(protocol)
        })?;
        let message = format!("the standard library asks {} for `{name}`, whatever their class", protocol.objects);
        let definition = self.symbol.definitions.first();
        let shown = definition.map(|it| place(it.file, it.range.start, it.range.len()));
        Some(Clash { code: "asked_of_any_object", message, place: shown })
    }

    /// Whether a class that has the member has one of the names by which one knows such objects.
    fn is_one_of(&self, protocol: &Protocol) -> bool {
        self.classes().iter().any(|class| protocol.telling.iter().any(|one| self.world.is_found_in_own(*class, one)))
    }
}
