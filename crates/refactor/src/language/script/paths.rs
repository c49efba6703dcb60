//! Paths within the repository, always with `/` and without a leading one.

/// The folder of a path; empty for the root.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The last part of a path.
pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A path relative to a folder; nothing if it leaves the repository.
pub(super) fn join(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Endings of files that can be imported, in the order in which they are tried.
pub(super) const ENDINGS: [&str; 11] =
    [".ts", ".tsx", ".d.ts", ".mts", ".d.mts", ".cts", ".d.cts", ".js", ".jsx", ".mjs", ".cjs"];

/// A file's name without what says its language.
pub(super) fn stem(path: &str) -> &str {
    let name = name(path);
    let mut endings = [".d.ts", ".d.mts", ".d.cts"].iter().chain(&ENDINGS);
    endings.find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// What a written ending may stand for, when sources are written in TypeScript and run as JavaScript.
pub(super) fn sources_of(path: &str) -> Vec<String> {
    let pairs: [(&str, &[&str]); 4] = [
        (".js", &[".ts", ".tsx", ".d.ts"]),
        (".jsx", &[".tsx", ".d.ts"]),
        (".mjs", &[".mts", ".d.mts"]),
        (".cjs", &[".cts", ".d.cts"]),
    ];
    let found = pairs.iter().filter_map(|(written, endings)| Some((path.strip_suffix(written)?, endings)));
    found.flat_map(|(stem, endings)| endings.iter().map(move |ending| format!("{stem}{ending}"))).collect()
}
