//! What every program may use without declaring it, and what is generic in the standard library.

/// The names that the language declares itself. `nil`, `true`, `false` and `iota` are words of the grammar.
const UNIVERSE: [&str; 44] = [
    "any",
    "append",
    "bool",
    "byte",
    "cap",
    "clear",
    "close",
    "comparable",
    "complex",
    "complex128",
    "complex64",
    "copy",
    "delete",
    "error",
    "false",
    "float32",
    "float64",
    "imag",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "iota",
    "len",
    "make",
    "max",
    "min",
    "new",
    "nil",
    "panic",
    "print",
    "println",
    "real",
    "recover",
    "rune",
    "string",
    "true",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintptr",
];

/// Functions of it that give what they are given, or nothing that has members.
const FUNCTIONS: [&str; 18] = [
    "append", "cap", "clear", "close", "complex", "copy", "delete", "imag", "len", "make", "max", "min", "new",
    "panic", "print", "println", "real", "recover",
];

/// Packages of the standard library whose functions give the types of their arguments.
const GENERIC_PACKAGES: [&str; 6] = ["cmp", "iter", "maps", "slices", "unique", "weak"];

/// What else of it does.
const GENERIC: [&str; 11] = [
    "database/sql.Null",
    "errors.AsType",
    "math/rand/v2.N",
    "reflect.TypeAssert",
    "runtime.AddCleanup",
    "sync.OnceFunc",
    "sync.OnceValue",
    "sync.OnceValues",
    "sync/atomic.Pointer",
    "testing/quick.Check",
    "testing/synctest.Test",
];

/// Whether the language declares a name.
pub(super) fn is_universal(name: &str) -> bool {
    UNIVERSE.binary_search(&name).is_ok()
}

/// Whether that is a function.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.contains(&name)
}

/// Whether an import path is one of the standard library: those of others begin with a host.
pub(super) fn is_standard(path: &str) -> bool {
    !path.split('/').next().is_some_and(|first| first.contains('.'))
}

/// Whether a name of a library may give back types of these sources.
pub(super) fn may_be_generic(path: &str, name: &str) -> bool {
    !is_standard(path) || GENERIC_PACKAGES.contains(&path) || GENERIC.contains(&format!("{path}.{name}").as_str())
}

/// The methods of the standard library's interfaces, with their types: `Name(parameters) results`, sorted. Made by
/// `library/generate.go`, and by hand what Go has added since 1.19.
const METHODS: &str = include_str!("library/methods.outline");

/// How the standard library's interfaces declare a method of this name.
pub(super) fn methods(name: &str) -> impl Iterator<Item = &'static str> {
    METHODS.lines().filter_map(move |line| line.strip_prefix(name).filter(|rest| rest.starts_with('(')))
}

/// The names of the methods that its types have, sorted.
const NAMES: &str = include_str!("library/names.outline");

/// Whether a type of the standard library may have a method of this name.
pub(super) fn has_method(name: &str) -> bool {
    NAMES.lines().any(|line| line == name)
}
