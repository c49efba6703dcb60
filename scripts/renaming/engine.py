"""Asks the rename engine for many renames of one folder, and makes those that do not touch each other."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def build(example="renames", features=()):
    """Makes a program that computes renames, and says where it is. RENAMES names a folder where it is already."""
    if "RENAMES" in os.environ:
        return pathlib.Path(os.environ["RENAMES"]) / example
    command = ["cargo", "build", "--quiet", "--locked", "--workspace", "--example", example]
    subprocess.run([*command, "--features", ",".join(features)], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "debug" / "examples" / example


def ask(tool, folder, extensions, renames):
    """What came of each rename, a place and a new name, in the order of the list."""
    asked = "".join(f"{place} {name}\n" for place, name in renames)
    command = [str(tool), str(folder), "--back", *extensions]
    said = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in said.stdout.splitlines()]


def places(proposal, reviews=True):
    """Where a proposal edits, and what it leaves to a person: path, line and column in UTF-16 units, each from 1."""
    edits = {(file["path"], edit["line"], edit["utf16_column"]) for file in proposal["files"] for edit in file["edits"]}
    if reviews:
        edits |= {(it["path"], it["edit"]["line"], it["edit"]["utf16_column"]) for it in proposal["needs_review"]}
    return edits


def batches(proposals):
    """Groups of proposals that can be made together, because no edit or move of one meets one of another."""
    groups = []
    for proposal in proposals:
        spans = {
            (file["path"], edit["start"] + step)
            for file in proposal["files"]
            for edit in file["edits"]
            for step in range(max(1, edit["end"] - edit["start"]))
        }
        spans |= {(file["path"], "move") for file in proposal["files"] if "new_path" in file}
        for group, taken in groups:
            if not taken & spans:
                group.append(proposal)
                taken |= spans
                break
        else:
            groups.append(([proposal], set(spans)))
    return [group for group, _ in groups]


def make(folder, proposals):
    """Makes the edits of proposals that do not meet, and then their moves. They were computed for what the folder holds."""
    edits, moves = {}, {}
    for file in (file for proposal in proposals for file in proposal["files"]):
        edits.setdefault(file["path"], []).extend(file["edits"])
        if "new_path" in file:
            moves[file["path"]] = file["new_path"]
    for path, changes in edits.items():
        before, out, done = (folder / path).read_bytes(), b"", 0
        for edit in sorted(changes, key=lambda edit: edit["start"]):
            if before[edit["start"] : edit["end"]] != edit["before"].encode():
                raise ValueError(f"{path}: an edit of another text")
            out += before[done : edit["start"]] + edit["after"].encode()
            done = edit["end"]
        (folder / path).write_bytes(out + before[done:])
    for old, new in moves.items():
        (folder / new).parent.mkdir(parents=True, exist_ok=True)
        (folder / old).rename(folder / new)


def broken(proposals, holds):
    """Those of the proposals that do not hold: found by halves, so that what holds costs one run."""
    if not proposals or holds(proposals):
        return []
    if len(proposals) == 1:
        return proposals
    middle = len(proposals) // 2
    return broken(proposals[:middle], holds) + broken(proposals[middle:], holds)
