"""Random symbols of Python sources, and decoys: other things of the same names, which no rename may touch."""

import ast
import collections
import re

# Of a hundred symbols, so many of each kind.
SHARES = {"function": 18, "class": 10, "variable": 10, "local": 22, "parameter": 12, "method": 16, "attribute": 12}
GROUPS = {"function": "names", "class": "names", "variable": "names", "local": "names", "parameter": "parameters"}
DECOY = """
def {name}():
    return {index}


def decoy_{index}():
    def local_{index}(value_{index}):
        {name} = value_{index}
        return {name}

    class Methods_{index}:
        def {name}(self):
            return {index}

        def use_{index}(self):
            return self.{name}()

    class Fields_{index}:
        def __init__(self, {name}):
            self.{name} = {name}

    def take_{index}({name}=1):
        return {name}

    methods_{index} = Methods_{index}()
    return local_{index}(1), methods_{index}.{name}(), Fields_{index}({name}=2).{name}, take_{index}({name}=3)
"""


class Finder(ast.NodeVisitor):
    """Collects what a file defines, by kind: (kind, name, line, column), from 1, in code points."""

    def __init__(self, text):
        self.lines, self.found, self.scopes = text.splitlines(), [], ["module"]
        self.seen, self.declared = set(), set()

    def add(self, kind, name, line, start):
        scope = (len(self.scopes), id(self.scopes[-1]))
        if (kind, name, scope) in self.seen or name in ("self", "cls", "_") or re.fullmatch("__.*__", name):
            return
        self.seen.add((kind, name, scope))
        written = self.lines[line - 1]
        column = len(written.encode()[:start].decode())
        if written[column : column + len(name)] == name:
            self.found.append((kind, name, line, column + 1))

    def definition(self, node, kinds):
        written = self.lines[node.lineno - 1]
        at = re.compile(r"\s*(?:async\s+def|def|class)\s+").match(written)
        if at:
            self.add(kinds.get(self.scope, "local"), node.name, node.lineno, len(written[: at.end()].encode()))

    @property
    def scope(self):
        return self.scopes[-1].split(" ")[0]

    def inside(self, kind, node):
        self.scopes.append(f"{kind} {node.lineno}")
        self.generic_visit(node)
        self.scopes.pop()

    def visit_FunctionDef(self, node):
        self.definition(node, {"module": "function", "class": "method"})
        self.inside("function", node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        self.definition(node, {"module": "class"})
        self.inside("class", node)

    def visit_arg(self, node):
        if self.scope == "function":
            self.add("parameter", node.arg, node.lineno, node.col_offset)
        self.generic_visit(node)

    def visit_Global(self, node):
        self.declared |= set(node.names)

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Store) and node.id not in self.declared:
            kind = {"module": "variable", "class": "attribute"}.get(self.scope, "local")
            self.add(kind, node.id, node.lineno, node.col_offset)

    def visit_Attribute(self, node):
        if isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == "self":
            end = node.end_col_offset - len(node.attr.encode())
            self.add("attribute", node.attr, node.end_lineno, end)
        self.generic_visit(node)


def choose(folder, source, count, chance):
    """So many symbols of the files below a source folder, mixed by kind: (kind, place, name, new name)."""
    kinds = collections.defaultdict(list)
    for path in sorted((folder / source).rglob("*.py")):
        relative = path.relative_to(folder)
        if "tests" in relative.parts or "_vendor" in relative.parts or path.name.startswith("test_"):
            continue
        text = path.read_text()
        finder = Finder(text)
        finder.visit(ast.parse(text))
        for kind, name, line, column in finder.found:
            kinds[kind].append((kind, f"{relative}:{line}:{column}", name))
    chosen = []
    for kind, share in SHARES.items():
        wanted = round(count * share / 100)
        chosen += chance.sample(kinds[kind], min(wanted, len(kinds[kind])))
    return [(kind, place, name, new_name(name, index)) for index, (kind, place, name) in enumerate(chosen)]


def new_name(name, index):
    """A name that is nowhere yet, as private as the old one."""
    bare = name.lstrip("_")
    fresh = f"Renamed{index}{bare}" if bare[:1].isupper() else f"renamed{index}_{bare}"
    return name[: len(name) - len(bare)] + fresh


def decoys(names):
    """A module where each name is again and again something else."""
    return "".join(DECOY.format(name=name, index=index) for index, name in enumerate(sorted(names)))
