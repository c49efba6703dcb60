//! What is known of objects that are the language's own, or the platform's that it runs on.

/// How values are called that are of the language.
pub(super) const LANGUAGE: &str = "the language's own";

/// How values are called that nothing here declares, and not the language: a browser's, for instance.
const PLATFORM: &str = "the platform's";

/// After `@ language` and `@ browser`, the names of their members, separated by white space.
const NAMES: &str = include_str!("library/platform.names");

/// After `Type:`, the names of the members of one type's objects, separated by white space.
const OBJECTS: &str = include_str!("library/objects.names");

/// Globals of the language (ECMA-262, ECMA-402), and how TypeScript calls their types.
const GLOBALS: &[&str] = &[
    "AggregateError",
    "Array",
    "ArrayBuffer",
    "ArrayLike",
    "AsyncIterable",
    "AsyncIterator",
    "Atomics",
    "Awaited",
    "BigInt",
    "BigInt64Array",
    "BigUint64Array",
    "Boolean",
    "CallableFunction",
    "DataView",
    "Date",
    "Error",
    "EvalError",
    "Exclude",
    "Extract",
    "FinalizationRegistry",
    "Float32Array",
    "Float64Array",
    "Function",
    "Generator",
    "Infinity",
    "Int16Array",
    "Int32Array",
    "Int8Array",
    "Intl",
    "Iterable",
    "IterableIterator",
    "Iterator",
    "JSON",
    "Map",
    "Math",
    "NaN",
    "NonNullable",
    "Number",
    "Object",
    "Omit",
    "Parameters",
    "Partial",
    "Pick",
    "Promise",
    "PromiseLike",
    "PropertyDescriptor",
    "Proxy",
    "RangeError",
    "Readonly",
    "ReadonlyArray",
    "ReadonlyMap",
    "ReadonlySet",
    "Record",
    "ReferenceError",
    "Reflect",
    "RegExp",
    "RegExpExecArray",
    "RegExpMatchArray",
    "Required",
    "ReturnType",
    "Set",
    "SharedArrayBuffer",
    "String",
    "Symbol",
    "SyntaxError",
    "TypeError",
    "URIError",
    "Uint16Array",
    "Uint32Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "WeakMap",
    "WeakRef",
    "WeakSet",
];

/// Globals of browsers, most of which Node.js has as well.
const BROWSER: &[&str] = &[
    "AbortController",
    "Blob",
    "CustomEvent",
    "Event",
    "EventTarget",
    "File",
    "FormData",
    "HTMLElement",
    "Headers",
    "Request",
    "Response",
    "TextDecoder",
    "TextEncoder",
    "URL",
    "URLSearchParams",
    "WebSocket",
    "Worker",
    "XMLHttpRequest",
    "console",
    "crypto",
    "document",
    "fetch",
    "localStorage",
    "navigator",
    "performance",
    "sessionStorage",
];

/// Globals of Node.js alone.
const NODE: &[&str] = &["Buffer", "process"];

/// Whose a type's name is that nothing here declares.
pub(super) fn whose(name: &str) -> &'static str {
    if GLOBALS.contains(&name) { LANGUAGE } else { PLATFORM }
}

/// Whose a value is that nothing here declares, if it is known.
pub(super) fn global(name: &str) -> Option<&'static str> {
    let is_of = |list: &[&str]| list.contains(&name);
    if is_of(NODE) {
        return Some("defined by Node.js");
    }
    (is_of(GLOBALS) || is_of(BROWSER)).then(|| whose(name))
}

/// Whether objects that are said to be somebody else's may have a member of a name: those of a library may have any.
pub(super) fn may_have(whose: &str, name: &str) -> bool {
    let Some((language, browser)) = NAMES.split_once("\n@ browser\n") else { return true };
    let is_among = |names: &str| names.split_ascii_whitespace().any(|member| member == name);
    match whose {
        LANGUAGE => is_among(language),
        PLATFORM => is_among(language) || is_among(browser),
        _ => whose.starts_with("defined by"),
    }
}

/// Whether something is the language's or the platform's, of whose members the names are known.
pub(super) fn is_known(whose: &str) -> bool {
    matches!(whose, LANGUAGE | PLATFORM)
}

/// Types whose objects literals and syntax make, so that their names need not be written.
const WRITTEN_OTHERWISE: &[&str] =
    &["Array", "Generator", "Iterator", "Number", "Promise", "RegExp", "RegExpMatchArray", "String"];

/// The types of the language or of browsers whose objects have all of some members, each with the word for such an object or its
/// maker in a program, if there has to be one.
pub(super) fn with_all(names: &[&str]) -> Vec<(&'static str, Option<String>)> {
    let lines = OBJECTS.lines().filter(|line| !line.starts_with('#'));
    let mut words = lines.flat_map(str::split_ascii_whitespace).peekable();
    let mut found = Vec::new();
    while let Some(kind) = words.next() {
        let mut members = Vec::new();
        while let Some(member) = words.next_if(|word| !word.ends_with(':')) {
            members.push(member);
        }
        // Functions, errors and many others have a name: it says nothing.
        if names.iter().any(|name| *name != "name") && names.iter().all(|name| members.contains(name)) {
            let kind = kind.trim_end_matches(':');
            let word = match kind {
                "Crypto" | "Performance" | "Console" => kind.to_ascii_lowercase(),
                "DateConstructor" => "Date".to_owned(),
                "Storage" => "localStorage".to_owned(),
                _ => kind.to_owned(),
            };
            found.push((kind, (!WRITTEN_OTHERWISE.contains(&kind)).then_some(word)));
        }
    }
    found
}
