//! What is known of classes that are not in the sources: the built-in ones, and those that have no members to speak of.

/// Attributes of every object (data model, 3.3.1).
const OBJECT: [&str; 8] =
    ["__class__", "__dict__", "__doc__", "__module__", "__init__", "__new__", "__repr__", "__eq__"];

/// Whether a base class brings no members that anybody would override.
pub(super) fn is_empty(path: &str) -> bool {
    matches!(
        path,
        "builtins.object"
            | "abc.ABC"
            | "typing.Generic"
            | "typing.Protocol"
            | "typing_extensions.Protocol"
            | "typing_extensions.Generic"
    )
}

pub(super) fn is_of_every_object(name: &str) -> bool {
    OBJECT.contains(&name) || (name.starts_with("__") && name.ends_with("__") && name.len() > 4)
}

/// Whether a library's class has a member; nothing if nobody knows.
pub(super) fn has_member(path: &str, name: &str) -> Option<bool> {
    if is_of_every_object(name) {
        return Some(true);
    }
    let members = members(path)?;
    Some(members.split_whitespace().any(|member| member == name))
}

/// The members of the best known classes, other than those with two underscores on each side.
fn members(path: &str) -> Option<&'static str> {
    Some(match path {
        "builtins.object" | "abc.ABC" | "typing.TypedDict" | "typing_extensions.TypedDict" => "",
        "typing.NamedTuple" => "count index _make _asdict _replace _fields _field_defaults",
        "enum.Enum" | "enum.IntEnum" | "enum.StrEnum" | "enum.Flag" | "enum.IntFlag" => {
            "name value _name_ _value_ _missing_ _ignore_ _order_ _generate_next_value_"
        }
        "builtins.Exception"
        | "builtins.BaseException"
        | "builtins.ValueError"
        | "builtins.TypeError"
        | "builtins.RuntimeError"
        | "builtins.LookupError"
        | "builtins.ArithmeticError"
        | "builtins.AssertionError"
        | "builtins.IndexError"
        | "builtins.Warning"
        | "builtins.UserWarning"
        | "builtins.DeprecationWarning"
        | "builtins.NotImplementedError"
        | "builtins.PendingDeprecationWarning"
        | "builtins.RuntimeWarning"
        | "builtins.RecursionError"
        | "builtins.ZeroDivisionError"
        | "builtins.FutureWarning"
        | "builtins.KeyError" => "args with_traceback add_note",
        "builtins.AttributeError" => "args with_traceback add_note name obj",
        "builtins.NameError" => "args with_traceback add_note name",
        "builtins.ImportError" | "builtins.ModuleNotFoundError" => "args with_traceback add_note name path msg",
        "builtins.OSError"
        | "builtins.IOError"
        | "builtins.FileNotFoundError"
        | "builtins.PermissionError"
        | "builtins.ConnectionError"
        | "builtins.TimeoutError" => {
            "args with_traceback add_note errno strerror filename filename2 winerror characters_written"
        }
        "builtins.dict" | "collections.OrderedDict" | "collections.defaultdict" => {
            "clear copy fromkeys get items keys pop popitem setdefault update values move_to_end default_factory"
        }
        "builtins.list" => "append clear copy count extend index insert pop remove reverse sort",
        "builtins.tuple" => "count index",
        "builtins.set" | "builtins.frozenset" => {
            "add clear copy difference difference_update discard intersection intersection_update isdisjoint issubset \
             issuperset pop remove symmetric_difference symmetric_difference_update union update"
        }
        "builtins.int" | "builtins.bool" => {
            "as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer numerator real to_bytes"
        }
        "builtins.float" => "as_integer_ratio conjugate fromhex hex imag is_integer real from_number",
        "builtins.str" => {
            "capitalize casefold center count encode endswith expandtabs find format format_map index isalnum isalpha \
             isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper join ljust \
             lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit \
             rstrip split splitlines startswith strip swapcase title translate upper zfill"
        }
        "builtins.type" => "mro",
        _ => return None,
    })
}

/// Whether calling this gives instances of a class that a decorator or base made: fields are its parameters.
pub(super) fn makes_fields(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    matches!(last, "dataclass" | "attrs" | "define" | "frozen" | "mutable" | "NamedTuple" | "TypedDict" | "s")
}
