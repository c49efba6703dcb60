"""What came of many renames, by the kind of what was renamed."""

KINDS = ("names", "parameters", "members")
MEMBERS = {"method", "property", "attribute", "field", "variant"}


def kind(symbol):
    """The kind that a symbol of a proposal counts with."""
    return "members" if symbol["kind"] in MEMBERS else "parameters" if symbol["kind"] == "parameter" else "names"


def tell(name, tallies):
    """Prints a line for each kind."""
    print(f"{name}:")
    for kind in KINDS:
        counts = tallies[kind]
        total = counts["SAFE"] + counts["NEEDS_REVIEW"] + counts["REFUSED"]
        print(
            f"  {kind}: {total} renamed, {counts['SAFE']} safe, {counts['NEEDS_REVIEW']} for review,"
            f" {counts['REFUSED']} refused, {counts['wrong']} wrong; of {counts['needed']} needed places"
            f" {counts['found']} in edits or review; {counts['milliseconds'] // max(total, 1)} ms each;"
            f" {counts['no symbol']} no symbol, {counts['decoys']} decoys edited,"
            f" {counts['not back']} of {counts['back']} ways back not the same",
            flush=True,
        )
