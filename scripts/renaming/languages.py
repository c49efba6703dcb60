"""Languages other than Python: how a package is checked, where something is defined, and decoys."""

import re
import typing


class Language(typing.NamedTuple):
    """What a script has to know of a language to try renames in it."""

    # How its files end.
    extensions: list
    # What says whether a package is right.
    command: list
    # Where something is defined, with its name in a group. Not all such places, and not only such: the engine tells.
    definitions: re.Pattern
    # Names that are fixed, or words that the pattern takes for names.
    skipped: set
    # Where a file of decoys goes, and what stands in it around them.
    decoys: str
    frame: str
    # Other things of a name, as many as there are kinds.
    decoy: str


RUST = Language(
    ["rs"],
    ["cargo", "check", "--quiet", "--offline", "--tests"],
    re.compile(
        r"\b(?:fn|struct|enum|trait|const|static|type|mod|macro_rules!)\s+(\w+)"
        r"|\blet\s+(?:mut\s+)?([a-z_]\w+)\b"
        r"|^\s+(?:pub(?:\([a-z]+\))?\s+)?([a-z_]\w+)\s*:\s*[A-Z&\[(<a-z]"
        r"|^\s+([A-Z]\w+)\s*(?:\(.*\))?,\s*$",
        re.M,
    ),
    {"main", "new", "fmt", "self", "mut", "_"},
    "tests/decoys_of_the_rename.rs",
    "#![allow(warnings)]\n{}",
    """
mod decoy_{index} {{
    pub struct Holder {{ pub {name}: u8 }}
    impl Holder {{ pub fn {name}(&self) -> u8 {{ let {name} = self.{name}; {name} }} }}
    pub mod inner {{ pub fn {name}() -> u8 {{ super::Holder {{ {name}: 1 }}.{name}() }} }}
    pub mod types {{ pub enum {name} {{ {name} }} }}
}}
""",
)
GO = Language(
    ["go"],
    ["go", "vet", "./..."],
    re.compile(
        r"^func\s+(?:\([^)]*\)\s*)?(\w+)"
        r"|^\s*(?:type|var|const)\s+(\w+)"
        r"|\b(\w+)(?:,\s*\w+)*\s*:="
        r"|^\t(\w+)\s+(?:[*\[\w.\]]+|func.*|map.*)(?:\s*`.*`)?(?:\s*//.*)?$",
        re.M,
    ),
    set("main init _ return defer go package import case var type const goto break continue".split()),
    "decoys_of_the_rename/decoys.go",
    "package decoys\n{}",
    """
type holder{index} struct {{ {name} int }}

func take{index}({name} int) int {{
	held := holder{index}{{ {name}: {name} }}
	return held.{name}
}}
""",
)
JAVA = Language(
    ["java"],
    # Types are checked, and nothing is written.
    [
        "sh",
        "-c",
        "find . -name '*.java' >../files && javac -nowarn -proc:none -encoding UTF-8 -XDshould-stop.ifNoError=FLOW @../files",
    ],
    re.compile(
        r"\b(?:class|interface|enum|record)\s+(\w+)"
        r"|^\s+(?:[\w<>\[\], .?@]+\s)?[\w<>\[\].]+\s+(\w+)\s*\((?=[^;]*\{|[^{}()]*\);)"
        r"|^\s+(?:(?:private|public|protected|static|final|transient|volatile)\s+)+[\w<>\[\]., ?]+\s(\w+)\s*[=;]"
        r"|\b(?:int|long|boolean|String|char|double|Object|var|[A-Z]\w*(?:<[\w<>, ?]+>)?)(?:\[\])?\s+([a-z]\w*)\s*[=;:,)]",
        re.M,
    ),
    set("main new return class if for while switch throw else".split()),
    "decoys_of_the_rename/Decoys.java",
    "package decoys_of_the_rename;\n\nclass Decoys {{{}}}\n",
    """
    static class Decoy{index} {{
        int {name};
        int {name}(int more) {{ int {name} = this.{name}; return {name} + more; }}
        static class Inner {{ class {name} {{ }} }}
    }}
""",
)

C = Language(
    ["c", "h", "cc", "cpp", "cxx", "hpp", "hh", "inl", "def", "inc", "S"],
    # Types are checked, and nothing is written.
    ["sh", "-c", "for file in $(find . -name '*.c' -o -name '*.cpp' -o -name '*.cc'); do cc -w -fsyntax-only \"$file\" || exit 1; done"],
    re.compile(
        r"^(?:[A-Za-z_][\w \t*]*[ \t*])?([A-Za-z_]\w*)\s*\((?=[^;]*\{)"
        r"|^[ \t]*#[ \t]*define[ \t]+(\w+)"
        r"|^[ \t]+(?:(?:static|const|unsigned|struct|enum)\s+)*(?:int|char|long|short|size_t|void|[A-Z]\w+|\w+_t)\b[ \t*]+(\w+)\s*[=;,\[]"
        r"|\b(?:struct|enum|union|class)\s+(\w+)\s*\{",
        re.M,
    ),
    set("main if for while switch return sizeof defined else do case default const static unsigned struct int void char".split()),
    "decoys_of_the_rename.c",
    "{}",
    """
struct holder_{index} {{ int {name}; }};
static int take_{index}(int {name}) {{
    struct holder_{index} held = {{ {name} }};
    return held.{name};
}}
""",
)

BY_FILE = {"Cargo.toml": RUST, "go.mod": GO}



def of(folder):
    """The language of a package."""
    for name, language in BY_FILE.items():
        if (folder / name).exists():
            return language
    return JAVA if any(folder.rglob("*.java")) else C


def definitions(language, folder):
    """Where something is defined below a folder: place and name."""
    for path in sorted(path for path in folder.rglob("*") if path.suffix[1:] in language.extensions):
        relative = path.relative_to(folder)
        if relative.parts[0] == "target":
            continue
        text = path.read_text(errors="replace")
        for match in language.definitions.finditer(text):
            group = next(index for index in range(1, 5) if match.group(index))
            before = text[: match.start(group)]
            line = before.rsplit("\n", 1)[-1]
            is_comment = "//" in line or line.lstrip().startswith("*")
            if match.group(group) not in language.skipped and not is_comment and line.count('"') % 2 == 0:
                yield f"{relative}:{before.count(chr(10)) + 1}:{len(line) + 1}", match.group(group)


def decoys(language, names):
    """A file where each name is again and again something else, and where it goes."""
    written = "".join(language.decoy.format(name=name, index=index) for index, name in enumerate(sorted(names)))
    return language.decoys, language.frame.format(written)
