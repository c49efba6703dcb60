//! An outline of the Java platform: its best-known classes with their members, as Java without bodies, each read when it is
//! asked for. Its files come after all others; what they declare is not of these sources.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, LazyLock, OnceLock},
};

use super::{
    facts::{ClassId, Facts},
    kind::ClassRef,
    read,
};
use crate::{limits::Budget, sources::FileId};

/// `@ package Name` before the text of each class.
const OUTLINE: &str = include_str!("library/platform.outline");
/// All types of the packages in the outline, also those of which nothing but the name is told: `package Name …` in each line.
const NAMES: &str = include_str!("library/platform.names");
/// The number of the first file of the outline.
const FIRST: u32 = u32::MAX / 2;

static LIBRARY: LazyLock<Library> = LazyLock::new(Library::new);

struct Library {
    chunks: Vec<(&'static str, OnceLock<Option<Arc<Facts>>>)>,
    /// By package and name.
    classes: HashMap<(&'static str, &'static str), u32>,
    names: HashMap<&'static str, HashSet<&'static str>>,
}

impl Library {
    fn new() -> Self {
        let mut library = Self { chunks: Vec::new(), classes: HashMap::new(), names: HashMap::new() };
        for chunk in OUTLINE.split("\n@ ").skip(1) {
            let Some((head, text)) = chunk.split_once('\n') else { continue };
            let Some((package, name)) = head.split_once(' ') else { continue };
            let number = u32::try_from(library.chunks.len()).unwrap_or(u32::MAX);
            library.classes.insert((package, name), number);
            library.chunks.push((text, OnceLock::new()));
        }
        for line in NAMES.lines() {
            let mut words = line.split(' ');
            if let Some(package) = words.next() {
                library.names.entry(package).or_default().extend(words);
            }
        }
        library
    }
}

/// Whether a file is one of the outline's.
pub(super) fn is_library(file: FileId) -> bool {
    file.0 >= FIRST
}

/// What a file of the outline says.
pub(super) fn facts(file: FileId) -> Option<Arc<Facts>> {
    let (text, read) = LIBRARY.chunks.get(usize::try_from(file.0.checked_sub(FIRST)?).ok()?)?;
    read.get_or_init(|| read::facts("", text, &Budget::unlimited()).ok().map(Arc::new)).clone()
}

/// The class of a package, if the outline has it.
pub(super) fn class(package: &str, name: &str) -> Option<ClassRef> {
    let number = LIBRARY.classes.get(&(package, name))?;
    Some(ClassRef { file: FileId(FIRST.checked_add(*number)?), class: ClassId(0) })
}

/// Whether a package of the platform has a class of this name, though nothing else may be known of it.
pub(super) fn has_name(package: &str, name: &str) -> bool {
    LIBRARY.names.get(package).is_some_and(|names| names.contains(name))
}
