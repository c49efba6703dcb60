"""Known symbols of Django, renamed and tested with Django's own tests, on SQLite."""

import collections
import os
import re
import shutil
import subprocess

from renaming import engine

NEEDED = ["asgiref", "sqlparse"]
TESTS_SECONDS = 900
# What it is, the file, the line that defines it (the name in brackets), the new name, the labels of the tests concerned.
CASES = [
    ("function", "django/utils/text.py", r"def (slugify)\(", "slug_of", ["utils_tests.test_text", "template_tests.filter_tests.test_slugify"]),
    ("class", "django/db/models/query.py", r"class (RawQuerySet):", "PlainQuerySet", ["raw_query"]),
    ("method", "django/views/generic/list.py", r"def (get_queryset)\(", "find_queryset", ["generic_views"]),
    ("module", "django/core/handlers/base.py", r"from django.utils.(log) import", "logs", ["logging_tests"]),
    ("module", "django/views/generic/list.py", r"from django.core.(paginator) import", "pages", ["pagination"]),
    ("argument", "django/utils/text.py", r"def slugify\(value, (allow_unicode)=", "keeps_unicode", ["utils_tests.test_text"]),
    ("argument", "django/core/paginator.py", r"per_page,\s+(orphans)=", "left_over", ["pagination"]),
    ("attribute", "django/core/paginator.py", r"    (ELLIPSIS) = ", "DOTS", ["pagination"]),
    ("attribute", "django/core/mail/message.py", r"    (mixed_subtype) = ", "subtype_of_mixed", ["mail"]),
    ("setting", "django/conf/global_settings.py", r"^(USE_THOUSAND_SEPARATOR) = ", "USE_GROUPS", ["i18n"]),
]
# In these files each token of the name has to be an edit or for review: mixins that call what only their heirs have, and
# what is read from the settings.
ACCOUNTED = {
    "get_queryset": ("django/views/generic/list.py", "django/views/generic/dates.py"),
    "USE_THOUSAND_SEPARATOR": ("django/conf/global_settings.py", "django/utils/formats.py", "django/utils/numberformat.py"),
}


def run(tool, work, python, folder):
    """Tells of each; whether one failed."""
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *NEEDED]
    subprocess.run(pip, check=True)
    renames = [(place(folder, path, line), new) for _, path, line, new, _ in CASES]
    answers = engine.ask(tool, folder, ["py", "pyi"], renames)
    failed = 0
    for (kind, _, _, _, labels), said in zip(CASES, answers, strict=True):
        answer = said["answer"]
        if "error" in answer:
            print(f"  FAILED: {kind} {said['place']}: {answer['error']}")
            failed += 1
            continue
        outcome = ""
        if answer["verdict"] == "SAFE":
            outcome, is_same = before_and_after(work, python, folder, answer, labels)
            failed += not is_same
        missing = unaccounted(folder, answer)
        failed += bool(missing)
        tell(kind, said, outcome, missing)
    print(f"Django 5.2: {len(CASES)} renamed, {failed} wrong")
    return 1 if failed else 0


def place(folder, path, line):
    text = (folder / path).read_text()
    found = re.search(line, text, re.M)
    before = text[: found.start(1)]
    return f"{path}:{before.count(chr(10)) + 1}:{len(before.rsplit(chr(10), 1)[-1]) + 1}"


def unaccounted(folder, answer):
    """Places of the name, by a search of our own, that are neither edits nor for review, where they all have to be."""
    name = answer["symbol"]["name"]
    known = {(path, line) for path, line, _ in engine.places(answer)}
    found = []
    for path in ACCOUNTED.get(name, ()):
        for number, line in enumerate((folder / path).read_text().splitlines(), 1):
            if "if queryset is None" in line:
                continue  # In a view of one object, which has the method from SingleObjectMixin.
            is_code = re.search(rf"(?:\.|def |^){name}\b", line) and not re.search(rf"[\"'#].*\b{name}\b", line)
            if is_code and (path, number) not in known:
                found.append(f"{path}:{number}")
    return found


def before_and_after(work, python, folder, answer, labels):
    copy = work / "runs" / "django-renamed"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("docs", "js_tests"))
    before = tested(python, copy, labels)
    engine.make(copy, [answer])
    after = tested(python, copy, labels)
    return f"tests: {after}" if before == after else f"BROKEN: {before}, then {after}", before == after


def tested(python, folder, labels):
    """How many tests ran, and how they came out."""
    environment = dict(os.environ, PYTHONPATH=str(folder), PYTHONDONTWRITEBYTECODE="1")
    command = [python, "runtests.py", "--parallel=1", *labels]
    done = subprocess.run(
        command, cwd=folder / "tests", env=environment, capture_output=True, text=True, timeout=TESTS_SECONDS
    )
    ran = re.search(r"Ran (\d+) tests", done.stderr)
    ends = re.findall(r"^(?:OK|FAILED).*", done.stderr, re.M)
    return f"{ran.group(1) if ran else 'no'} ran, {ends[-1] if ends else done.stderr.strip()[-200:]}"


def tell(kind, said, outcome, missing):
    answer = said["answer"]
    codes = collections.Counter(it["code"] for it in answer["needs_review"] + answer["conflicts"])
    counts = answer["counts"]
    print(
        f"  {answer['verdict']}: {kind} {answer['symbol']['qualified_name']}: {counts['edits']} edits, {counts['review']} for"
        f" review, {counts['others']} others, {counts['mentions']} mentions, {said['seconds'] * 1000:.0f} ms {dict(codes) or ''}"
        f" {outcome}",
        flush=True,
    )
    if missing:
        print(f"  FAILED: neither edited nor listed: {missing}")
