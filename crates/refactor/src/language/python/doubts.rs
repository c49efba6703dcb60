//! Why something cannot be decided in Python, in words.

use crate::language::Doubt;

fn doubt(code: &'static str, likelihood: u8, message: &str) -> Doubt {
    Doubt { code, message: message.to_owned(), likelihood }
}

/// An attribute of an object whose class nobody knows; so many symbols are called so.
pub(super) fn unknown_receiver(candidates: usize) -> Doubt {
    let likelihood = if candidates == 1 { 60 } else { 30 };
    doubt("unknown_receiver", likelihood, "the class of the object could not be worked out")
}

pub(super) fn made_up_member(_candidates: usize) -> Doubt {
    doubt(
        "made_up_member",
        40,
        "the object's class has a `__getattr__`, which may hand this on to another object or module",
    )
}

pub(super) fn unknown_base(_candidates: usize) -> Doubt {
    doubt("unknown_base", 40, "a base class of the object's class could not be worked out")
}

pub(super) fn several_types() -> Doubt {
    doubt("several_types", 60, "the object may be of several classes that have this in different places")
}

pub(super) fn several_imports() -> Doubt {
    doubt("several_imports", 50, "several imports bind this name, and they lead to different things")
}

pub(super) fn hidden_by_library() -> Doubt {
    doubt("hidden_by_library", 80, "a library's class is asked for this attribute first and may have it")
}

pub(super) fn mixin() -> Doubt {
    let message = "the class neither defines nor inherits this: it is found only where the class is mixed with another";
    doubt("mixin", 70, message)
}

pub(super) fn library_object() -> Doubt {
    doubt("library_object", 20, "the object is of a library's class, from which classes here inherit")
}

pub(super) fn unknown_callee() -> Doubt {
    doubt("unknown_callee", 30, "what is called here could not be worked out")
}

pub(super) fn library_field() -> Doubt {
    doubt("library_field", 80, "a library's base class decides what this argument means: it may be the field")
}

pub(super) fn dotted_string() -> Doubt {
    doubt("dotted_string", 50, "this string reads like a path to the symbol, and nothing says whether it is one")
}

pub(super) fn listed() -> Doubt {
    doubt("listed_name", 60, "a list of names of the module: code may look for them by these")
}

pub(super) fn key() -> Doubt {
    doubt("unknown_key", 40, "this may be a key of the typed dictionary, or of another one")
}

pub(super) fn private_elsewhere() -> Doubt {
    doubt("private_elsewhere", 90, "this is the private name with its class's, written out")
}
