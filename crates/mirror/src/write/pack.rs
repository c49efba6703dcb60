//! Objects that are made here, and the pack that carries them to Git (gitformat-pack(5)): Git checks and keeps them as it
//! does what a remote sends.

use std::{collections::HashSet, io::Write};

use gix::{
    ObjectId as RawId,
    objs::Kind as ObjectKind,
    zlib::{Compression, stream::deflate},
};

use super::CommitError;

const SHA1: gix::hash::Kind = gix::hash::Kind::Sha1;

/// An object in memory.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) kind: ObjectKind,
    pub(super) id: RawId,
    bytes: Vec<u8>,
}

impl Object {
    pub(super) fn new(kind: ObjectKind, bytes: Vec<u8>) -> Result<Self, CommitError> {
        let id = gix::objs::compute_hash(SHA1, kind, &bytes).map_err(CommitError::damaged)?;
        Ok(Self { kind, id, bytes })
    }
}

/// A pack of all objects that the repository has not, each once, none as a difference; none if it has them all. `check`
/// says whether to go on.
pub(super) fn pack(
    repo: &gix::Repository,
    mut objects: Vec<Object>,
    check: &dyn Fn() -> Result<(), CommitError>,
) -> Result<Option<Vec<u8>>, CommitError> {
    let mut met = HashSet::new();
    objects.retain(|it| met.insert(it.id) && !repo.has_object(it.id));
    if objects.is_empty() {
        return Ok(None);
    }
    let failed = |_| CommitError::TooLarge { of: "objects", limit: u32::MAX.into() };
    let count = u32::try_from(objects.len()).map_err(failed)?;
    let mut bytes = [b"PACK\0\0\0\x02".as_slice(), &count.to_be_bytes()].concat();
    for object in objects {
        check()?;
        bytes.extend(head(object.kind, object.bytes.len()));
        let mut stream = deflate::Write::new(bytes, Compression::DEFAULT);
        // Memory takes all that is written to it.
        stream.write_all(&object.bytes).and_then(|()| stream.flush()).map_err(CommitError::damaged)?;
        bytes = stream.into_inner();
    }
    let mut hasher = gix::hash::hasher(SHA1);
    hasher.update(&bytes);
    bytes.extend_from_slice(hasher.try_finalize().map_err(CommitError::damaged)?.as_bytes());
    Ok(Some(bytes))
}

/// Kind and size: four bits of the size in the first byte, seven in each that follows.
fn head(kind: ObjectKind, size: usize) -> Vec<u8> {
    let code: u8 = match kind {
        ObjectKind::Commit => 1,
        ObjectKind::Tree => 2,
        ObjectKind::Blob => 3,
        ObjectKind::Tag => 4,
    };
    let (mut byte, mut rest) = (code << 4 | low(size, 0x0f), size >> 4);
    let mut bytes = Vec::new();
    while rest > 0 {
        bytes.push(byte | 0x80);
        (byte, rest) = (low(rest, 0x7f), rest >> 7);
    }
    bytes.push(byte);
    bytes
}

/// The lowest bits of a number.
fn low(number: usize, mask: u8) -> u8 {
    number.to_le_bytes().first().map_or(0, |byte| byte & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_as_packs_have_them() {
        assert_eq!(head(ObjectKind::Blob, 0), [0x30]);
        assert_eq!(head(ObjectKind::Blob, 15), [0x3f]);
        assert_eq!(head(ObjectKind::Tree, 16), [0xa0, 0x01]);
        assert_eq!(head(ObjectKind::Commit, 0x7ff), [0x9f, 0x7f]);
        assert_eq!(head(ObjectKind::Blob, 0x800), [0xb0, 0x80, 0x01]);
    }
}
