//! The files of a commit as the refactor engine reads them: texts from the snapshot, code that is too large for it from
//! the mirror, natures by the manifest's rules.

use std::{borrow::Cow, sync::OnceLock};

use code::{
    attributes::{FILE_LIMIT, Walk},
    blob::{BlobError, BlobId, BlobReader as _, BlobSource as _, Entry},
    kind::Mode,
    language::{Hint, is_generated_text, is_vendored},
    limits::Limits,
    snapshot::{Loaded, Snapshot},
};
use refactor::{FileId, Nature, SourceFile, Sources, Unreadable, is_code};

use super::tree::{Fault, MirrorBlobs};

/// Bytes of all the code together that is read although it is too large for the snapshot.
const MOST_LARGE: u64 = 256 << 20;

/// The files of one commit, all of them in memory.
pub(super) struct Files<'s> {
    entries: Vec<SourceFile>,
    texts: Vec<Text>,
    loaded: Loaded<'s>,
    large: Vec<Large<'s>>,
}

/// Code that is not in the snapshot: nobody parses it, but whether it holds a name has to be known.
struct Large<'s> {
    id: BlobId,
    mirror: &'s MirrorBlobs,
    bytes: OnceLock<Result<Vec<u8>, Unreadable>>,
}

/// Where a file's text is.
#[derive(Clone, Copy)]
enum Text {
    /// In the snapshot, at this place.
    At(usize),
    /// There are only bytes.
    Binary,
    /// In the mirror, at this place of the large ones.
    Large(usize),
    /// There is more of it than is read of one file.
    TooLarge,
    /// A submodule or a link: there is none of its own.
    None,
}

impl<'s> Files<'s> {
    /// Reads the snapshot whole. A path that is not UTF-8 can be named in no proposal, so its file is left out.
    pub(super) fn load(snapshot: &'s Snapshot, entries: &[Entry], blobs: &'s MirrorBlobs) -> Result<Self, Fault> {
        let loaded = snapshot.load().map_err(|error| Fault::other(&error))?;
        let mut mirror = blobs.reader().map_err(|error| Fault::corrupt(&error))?;
        let (mut large, mut left) = (Vec::new(), MOST_LARGE);
        let mut attributes = Walk::new(entries);
        let (mut files, mut texts, mut at) = (Vec::with_capacity(entries.len()), Vec::with_capacity(entries.len()), 0);
        for entry in entries {
            let mode = Mode::of(entry.mode);
            let place = if mode == Mode::File { Some(at) } else { None };
            at += usize::from(mode == Mode::File);
            let Ok(path) = String::from_utf8(entry.path.clone()) else { continue };
            let text = match place {
                Some(at) if snapshot.files().get(at).is_some_and(|file| file.is_text) => Text::At(at),
                Some(_) => match mirror.size(&entry.id).map_err(|error| Fault::corrupt(&error))? {
                    size if size <= most() => Text::Binary,
                    size if size <= left && is_code(&path) => {
                        left -= size;
                        large.push(Large { id: entry.id, mirror: blobs, bytes: OnceLock::new() });
                        Text::Large(large.len() - 1)
                    }
                    _ => Text::TooLarge,
                },
                None => Text::None,
            };
            let read = |file: &Entry| -> Result<Option<Vec<u8>>, BlobError> {
                if mirror.size(&file.id)? > FILE_LIMIT {
                    return Ok(None);
                }
                let mut content = Vec::new();
                mirror.read(&file.id, &mut content)?;
                Ok(Some(content))
            };
            let said = attributes.of(&entry.path, read).map_err(|error| Fault::corrupt(&error))?;
            let content = if let Text::At(at) = text { loaded.text(at) } else { None };
            let nature = match mode {
                Mode::Symlink => Nature::Symlink,
                Mode::File | Mode::Submodule => nature(&entry.path, &said, content),
            };
            let blob_id = mirror::ObjectId::from(entry.id.0).to_string();
            files.push(SourceFile::new(path, blob_id, nature, content.unwrap_or_default()));
            texts.push(text);
        }
        Ok(Self { entries: files, texts, loaded, large })
    }
}

impl Large<'_> {
    fn bytes(&self) -> Result<&[u8], Unreadable> {
        let read = || {
            let mut bytes = Vec::new();
            let read = self.mirror.reader().and_then(|mut mirror| mirror.read(&self.id, &mut bytes));
            // Nobody answers for a file that could not be read: it is named as such.
            read.map(|()| bytes).map_err(|_damaged| Unreadable::TooLarge)
        };
        self.bytes.get_or_init(read).as_deref().map_err(|reason| *reason)
    }
}

fn most() -> u64 {
    Limits::default().text_bytes
}

/// Whose a regular file is, by attributes, path and content, in this order.
pub fn nature(path: &[u8], said: &code::attributes::Attributes, content: Option<&[u8]>) -> Nature {
    let hint = || if said.binary { Hint::Binary } else { Hint::of(path, said.language.as_deref()) };
    let by_text = || is_generated_text(path, &hint(), content.unwrap_or_default());
    if said.generated.unwrap_or_else(by_text) {
        Nature::Generated
    } else if said.vendored.unwrap_or_else(|| is_vendored(path)) {
        Nature::Vendored
    } else {
        Nature::Own
    }
}

impl Sources for Files<'_> {
    fn files(&self) -> &[SourceFile] {
        &self.entries
    }

    fn bytes(&self, file: FileId) -> Result<Cow<'_, [u8]>, Unreadable> {
        match self.texts.get(file.index()).ok_or(Unreadable::Missing)? {
            Text::At(at) => self.loaded.text(*at).map(Cow::Borrowed).ok_or(Unreadable::Missing),
            // What the reader makes of a NUL is that this is no text.
            Text::Binary => Ok(Cow::Borrowed(b"\0")),
            Text::Large(at) => self.large.get(*at).ok_or(Unreadable::Missing)?.bytes().map(Cow::Borrowed),
            Text::TooLarge => Err(Unreadable::TooLarge),
            Text::None => Ok(Cow::Borrowed(b"")),
        }
    }
}
