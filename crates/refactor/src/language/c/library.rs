//! Names that the headers of the platform keep: who takes one replaces a function of the C library, is replaced by a macro, or is
//! declared twice. Which headers a file sees, and what they bring along, is the compiler's to know: any may be there.

/// After `@ names` and `@ macros`, each separated by white space.
const NAMES: &str = include_str!("library/platform.names");

/// Members that C++ itself, or its library, asks any object for: range-based `for`, `std::size` and its like, iterators, allocators,
/// inserters, locks, coroutines (ISO/IEC 14882).
const ASKED_OF_ANY: &[&str] = &[
    "allocate",
    "allocator_type",
    "await_ready",
    "await_resume",
    "await_suspend",
    "begin",
    "cbegin",
    "cend",
    "const_iterator",
    "const_pointer",
    "const_reference",
    "container_type",
    "crbegin",
    "crend",
    "data",
    "deallocate",
    "difference_type",
    "element_type",
    "empty",
    "end",
    "final_suspend",
    "get_return_object",
    "initial_suspend",
    "insert",
    "is_always_equal",
    "is_transparent",
    "iterator",
    "iterator_category",
    "iterator_concept",
    "key_type",
    "lock",
    "lock_shared",
    "mapped_type",
    "pointer",
    "pop_back",
    "promise_type",
    "push_back",
    "push_front",
    "rbegin",
    "rebind",
    "reference",
    "rend",
    "return_value",
    "return_void",
    "size",
    "size_type",
    "swap",
    "try_lock",
    "try_lock_for",
    "try_lock_until",
    "unhandled_exception",
    "unlock",
    "unlock_shared",
    "value_compare",
    "value_type",
    "yield_value",
];

/// Functions that C++'s library finds by the types of their arguments, wherever they are.
const ASKED_BY_ARGUMENTS: &[&str] =
    &["abs", "begin", "data", "empty", "end", "get", "hash_value", "iter_move", "iter_swap", "move", "size", "swap"];

/// What a name of the platform is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// A function, an object, a type or a tag.
    Name,
    Macro,
}

/// Whether the platform's headers keep a name.
pub(super) fn kept(name: &str) -> Option<Kept> {
    let (names, macros) = NAMES.split_once("\n@ macros\n")?;
    let is_among = |text: &str| text.split_ascii_whitespace().any(|one| one == name);
    let (_, names) = names.split_once("\n@ names\n")?;
    if is_among(macros) {
        return Some(Kept::Macro);
    }
    is_among(names).then_some(Kept::Name)
}

/// Whether C++ asks any object for a member of this name.
pub(super) fn is_asked_of_any(name: &str) -> bool {
    ASKED_OF_ANY.contains(&name)
}

/// Whether C++ looks for a function of this name by the types of its arguments.
pub(super) fn is_asked_by_arguments(name: &str) -> bool {
    ASKED_BY_ARGUMENTS.contains(&name)
}
