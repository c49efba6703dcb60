//! Why something cannot be decided, in the words that people read.

use crate::language::Doubt;

fn doubt(code: &'static str, message: &str, likelihood: u8) -> Doubt {
    Doubt { code, message: message.to_owned(), likelihood }
}

pub(super) fn receiver() -> Doubt {
    doubt("receiver_unknown", "the type of what stands before the dot could not be worked out", 50)
}

pub(super) fn several() -> Doubt {
    doubt("member_unclear", "the type has it from something that it embeds, of which one is not known here", 60)
}

pub(super) fn key() -> Doubt {
    doubt("key_unclear", "it may name a field of the literal's type, or be a value: the type is not known here", 40)
}

pub(super) fn package() -> Doubt {
    doubt("package_unknown", "no go.mod says whether this package is one of these sources", 50)
}

pub(super) fn broken() -> Doubt {
    doubt("not_understood", "the code around it could not be understood", 50)
}

pub(super) fn unread() -> Doubt {
    doubt("declaration_unknown", "a file of its package could not be read, and may declare it", 50)
}

pub(super) fn directive() -> Doubt {
    doubt("directive", "a tool reads this comment, and may take the word for the name", 70)
}

pub(super) fn reflection() -> Doubt {
    doubt("reflection", "a template or a look-up by name finds a member by this string; nobody knows of which type", 50)
}
