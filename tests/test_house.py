"""The rules of the house, read out of the house itself, so that nobody has to remember them."""

from __future__ import annotations

import ast
import fnmatch
import io
import os
import re
import string
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor

import actions
from desk import errors
from desk.checks.schema import Bounds, Outcome
from desk.decision import OUT_OF_SCOPE
from desk.knowledge import ASPECTS, load_shelf
from desk.services import answering, intake, outbox
from desk.services.reminders import REMIND
from desk.settings import ROOT, read_settings
from desk.words import Words
from tests.builders import repository_files
from web.console import spreadsheet
from web.rasa import INTENTS

OURS = ("desk", "actions", "web", "outbox", "bot", "deploy")
CORE = {
    *("errors", "settings", "text", "decision", "clock", "dates", "utterance", "codes", "values"),
    *("error", "booking_errors", "check_errors", "days", "harvest"),
    *("clauses", "figures", "aspects", "parts"),
    *("host_errors", "outbox_settings"),
}
SHELVES = {
    *("files", "words", "refusals", "knowledge", "schedule", "models"),
    *("database", "contacts", "training", "office"),
    *("documents", "mistakes", "manifest", "audit"),
    *("tables", "booking_tables", "check_tables", "checks", "links"),
    *("host_tables", "outbox_tables"),
}
NOT_FOR_DESK = {"rasa", "rasa_sdk", "fastapi", "starlette", "requests", "sanic", "jinja2"}

SHELF = load_shelf(ROOT / "knowledge")
WORDS = Words(ROOT / "knowledge" / "words.yml")
SENTENCES: dict[str, dict[str, str]] = yaml.safe_load(
    (ROOT / "knowledge" / "words.yml").read_text(encoding="utf-8")
)
DOMAIN = [yaml.safe_load(file.read_text()) for file in repository_files("bot/domain/*.yml")]
TASKS = {label for label in SENTENCES["labels"] if label.startswith("task.")}


# -- reading code -----------------------------------------------------------------------------


def modules(*folders: str) -> list[Path]:
    return [f for folder in folders for f in repository_files(f"{folder}/**/*.py")]


def name_of(file: Path) -> str:
    """``desk.services.booking`` for its file."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def imports(file: Path) -> set[str]:
    """Full names of everything a module imports, wherever the import stands."""
    found: set[str] = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: a relative import"
            found |= {_target(node.module or "", alias.name) for alias in node.names}
    return found


def _target(module: str, name: str) -> str:
    """``from desk import errors`` imports a module, ``from desk.errors import X`` a name of one."""
    inside = ROOT.joinpath(*module.split("."), name)
    is_module = inside.with_suffix(".py").is_file() or (inside / "__init__.py").is_file()
    return f"{module}.{name}" if is_module else module


def layer(module: str) -> str:
    """Where a module stands: core, shelves, services, desk (the command line), or a process."""
    first, _, rest = module.partition(".")
    part = rest.split(".")[0]
    if first != "desk":
        return first
    if part in CORE:
        return "core"
    if part in SHELVES:
        return "shelves"
    return part if part in {"services", "migrations"} else "desk"


def calls(*folders: str) -> Iterator[tuple[Path, ast.Call]]:
    for file in modules(*folders):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Call):
                yield file, node


def literals(node: ast.expr | None) -> set[str]:
    """The strings an argument may be: itself, or the branches of ``a if x else b``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return literals(node.body) | literals(node.orelse)
    return set()


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


# -- arrows -----------------------------------------------------------------------------------

MAY_IMPORT = {
    "core": {"core"},
    "shelves": {"core", "shelves"},
    "services": {"core", "shelves", "services"},
    "migrations": {"shelves"},
    "desk": {"core", "shelves", "services", "desk"},
    "actions": {"core", "shelves", "services", "actions"},
    "web": {"core", "shelves", "services", "web"},
    "outbox": {"core", "shelves", "services", "outbox"},
    # Rasa's environment has nothing but the standard library in common with the rest.
    "bot": {"core", "bot"},
    "deploy": {"core", "shelves", "services", "desk", "actions", "web", "bot", "deploy"},
}


@pytest.mark.parametrize("file", modules(*OURS), ids=name_of)
def test_imports_point_one_way(file: Path) -> None:
    here = layer(name_of(file))
    found = {name for name in imports(file) if name.split(".")[0] in OURS and name != "desk"}
    wrong = {name for name in found if layer(name) not in MAY_IMPORT[here]}
    assert not wrong, f"{here} imports {sorted(wrong)}"


@pytest.mark.parametrize("file", modules("desk"), ids=name_of)
def test_the_library_knows_no_rasa_and_no_http(file: Path) -> None:
    assert not {name.split(".")[0] for name in imports(file)} & NOT_FOR_DESK


def test_the_core_imports_the_standard_library_only() -> None:
    for name in sorted(CORE):
        found = {i.split(".")[0] for i in imports(ROOT / "desk" / f"{name}.py")}
        assert found <= sys.stdlib_module_names | {"desk"}, name


def test_the_doors_know_only_their_own_framework() -> None:
    foreign = {"actions": {"rasa", "fastapi", "starlette"}, "web": {"rasa", "rasa_sdk", "sanic"}}
    for folder, forbidden in foreign.items():
        for file in modules(folder):
            assert not {name.split(".")[0] for name in imports(file)} & forbidden, file


def test_every_module_of_the_library_has_its_layer() -> None:
    known = CORE | SHELVES | {"__init__", "__main__", "cli", "services"}
    there = {file.stem for file in (ROOT / "desk").glob("*.py")}
    assert there | {folder.parent.name for folder in (ROOT / "desk").glob("*/__init__.py")} == known


def test_the_core_is_imported_by_rasas_python_too() -> None:
    python = ROOT / ".venv-rasa" / "bin" / "python"
    code = "import sys; assert sys.version_info[:2] == (3, 10)\n"
    code += "".join(f"import desk.{name}\n" for name in sorted(CORE))
    clean = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [python, "-W", "error", "-c", code], cwd=ROOT, env=clean, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_settings_are_read_in_one_place() -> None:
    for file in modules("desk", "actions", "web"):
        reads = [
            node
            for node in ast.walk(tree(file))
            if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        ]
        assert not reads or name_of(file) == "desk.settings", file


# -- words ------------------------------------------------------------------------------------


def classes(root: type[errors.DeskError] = errors.DeskError) -> dict[str, type[errors.DeskError]]:
    found = {root.__name__: root}
    for child in root.__subclasses__():
        found |= classes(child)
    return {name: cls for name, cls in found.items() if cls.__module__.startswith("desk.")}


def test_every_error_has_a_sentence_and_every_sentence_an_error() -> None:
    codes = [cls.code for cls in classes().values()]
    assert len(codes) == len(set(codes))
    assert set(codes) == set(SENTENCES["errors"])


def test_an_errors_code_is_its_name() -> None:
    for name, cls in classes().items():
        assert cls.code == re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def test_every_error_is_raised_with_the_facts_its_sentence_mentions() -> None:
    known = classes()
    for file, call in calls("desk", "actions", "web"):
        name = call.func.id if isinstance(call.func, ast.Name) else None
        if name in known and not any(keyword.arg is None for keyword in call.keywords):
            wanted = placeholders(SENTENCES["errors"][known[name].code])
            assert wanted <= {k.arg for k in call.keywords}, f"{file}:{call.lineno} {name}"


# Codes that are put together at run time: what they begin with, and all that can follow.
DYNAMIC = {
    "labels": {
        "aspect.": {f"aspect.{aspect}" for aspect in ASPECTS},
        "field.": {
            f"field.{name}" for name in (*intake.FIELDS, "uscc", "place") if name != "confirm"
        },
        # Titles of tasks on buttons and in the console, by stable id.
        "task.": {f"task.{intent.removeprefix('task_')}" for intent in INTENTS.values()} & TASKS
        | {"task.reschedule"},
        # How a diagram words a bound, and what a verdict is called.
        "check.": {f"check.{name}" for name in Bounds.model_fields if name != "known"},
        "outcome.": {f"outcome.{name}" for name in get_args(Outcome)},
        # An appointment's status.
        "": {"booked", "waiting", "held", "lapsed", "cancelled", "arrived", "absent"},
        "sheet.": {f"sheet.{name}" for name in spreadsheet.COLUMNS},
        "citation.": {"citation.in_force", "citation.repealed", "citation.unverified"},
    },
    "phrases": {
        "staff_": {f"staff_{name.partition('.')[2]}" for name in outbox.ANNOUNCED},
        "sms_": {f"sms_{name.partition('.')[2]}" for name in {*outbox.ANNOUNCED, REMIND}}
        | {"sms_cancel_by_office"},
    },
}


def used(method: str) -> set[str]:
    """The codes that calls of ``words.phrase`` or ``words.label`` name, and defaults of it."""
    found: set[str] = set()
    for _, call in calls("desk", "actions", "web"):
        if isinstance(call.func, ast.Attribute) and call.func.attr == method and call.args:
            found |= literals(call.args[0])
        found |= {s for k in call.keywords if k.arg == method for s in literals(k.value)}
    for file in modules("desk", "actions", "web"):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.FunctionDef):
                named = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
                found |= {s for a, d in named if a.arg == method for s in literals(d)}
    for template in repository_files("web/templates/**/*.html"):
        text = template.read_text(encoding="utf-8")
        found |= set(re.findall(rf"\b{method}\(['\"]([\w.]+)['\"]", text))
    return found


@pytest.mark.parametrize(("section", "method"), [("phrases", "phrase"), ("labels", "label")])
def test_every_code_in_use_has_words_and_all_words_are_in_use(section: str, method: str) -> None:
    known = set(SENTENCES[section])
    dynamic = {code for codes in DYNAMIC[section].values() for code in codes}
    literal = used(method) - {"seats"}  # SQLAlchemy's label() of a column
    # ``words.day`` fills its own label.
    assert literal | dynamic <= known, "used without words"
    assert known <= literal | dynamic, "words nobody says"


def test_every_phrase_is_given_the_facts_it_mentions() -> None:
    for file, call in calls("desk", "actions", "web"):
        method = call.func.attr if isinstance(call.func, ast.Attribute) else None
        section = {"phrase": "phrases", "label": "labels"}.get(method or "")
        open_ended = any(keyword.arg is None for keyword in call.keywords)
        if section is None or open_ended or not call.args:
            continue
        for code in literals(call.args[0]) & set(SENTENCES[section]):
            wanted = placeholders(SENTENCES[section][code])
            given = {k.arg for k in call.keywords}
            assert wanted <= given, f"{file}:{call.lineno} {code}"


def test_small_talk_has_words_for_exactly_what_the_ranking_knows() -> None:
    ranked = {id_ for id_ in topics_of_training() if id_.startswith("smalltalk.")}
    assert ranked == set(SENTENCES["smalltalk"])


# -- Rasa's side ------------------------------------------------------------------------------


def of_domain(section: str) -> set[str]:
    """Names of a section of the domain, whose items may carry settings."""
    found: set[str] = set()
    for part in DOMAIN:
        for item in part.get(section, []):
            found |= set(item) if isinstance(item, dict) else {item}
    return found


def registered() -> set[str]:
    executor = ActionExecutor()
    executor.register_package(actions)
    return set(executor.actions)


@cache
def training() -> list[dict[str, Any]]:
    files = repository_files("data/nlu/**/*.yml")
    return [b for f in files for b in yaml.safe_load(f.read_text(encoding="utf-8"))["nlu"]]


def topics_of_training() -> set[str]:
    return {b["metadata"]["topic"] for b in training() if b["intent"] == "ask"}


def steps() -> list[dict[str, Any]]:
    files = repository_files("data/rules/*.yml")
    rules = [r for f in files for r in yaml.safe_load(f.read_text(encoding="utf-8"))["rules"]]
    return [step for rule in rules for step in rule["steps"]]


def test_every_action_of_the_domain_exists_and_every_action_is_in_the_domain() -> None:
    assert of_domain("actions") == registered()


def test_every_slot_a_form_needs_is_asked_for_and_every_form_is_validated() -> None:
    responses = of_domain("responses")
    for form, facts in (item for part in DOMAIN for item in part.get("forms", {}).items()):
        assert f"validate_{form}" in registered()
        for slot in facts["required_slots"]:
            assert slot in of_domain("slots")
            assert (f"action_ask_{slot}" in registered()) != (f"utter_ask_{slot}" in responses)


def test_every_step_of_a_rule_is_in_the_domain() -> None:
    intents, forms = of_domain("intents"), of_domain("forms")
    builtin = {"action_deactivate_loop", "action_listen"}
    for step in steps():
        assert step.get("intent", "ask") in intents
        assert step.get("action", "action_answer") in registered() | forms | builtin
        assert step.get("active_loop") in forms | {None}


def test_every_intent_of_the_domain_is_dealt_with_by_a_rule() -> None:
    # The form's own button is read by the form; outside of it a rule answers.
    assert {step["intent"] for step in steps() if "intent" in step} == of_domain("intents")


def test_every_button_has_an_intent_of_the_domain() -> None:
    assert set(INTENTS.values()) <= of_domain("intents")
    said = {
        action
        for _, call in calls("desk", "actions")
        if isinstance(call.func, ast.Name) and call.func.id == "Button" and len(call.args) > 1
        for action in literals(call.args[1])
    }
    said |= {task.removeprefix("task.") for task in answering.OFFERED_TASKS}
    assert said <= set(INTENTS)


def test_every_task_has_an_intent_and_a_title() -> None:
    intents = {intent for intent in of_domain("intents") if intent.startswith("task_")}
    assert {task.replace("task.", "task_", 1) for task in TASKS} == intents


def test_every_topic_and_task_is_learnt_and_nothing_unknown_is() -> None:
    beside = {OUT_OF_SCOPE, *SENTENCES["smalltalk"]}
    assert topics_of_training() - beside == set(SHELF.topics)
    learnt = {block["intent"] for block in training()} - {"ask"}
    assert learnt == of_domain("intents") - {"ask", "show", "inform", "answer_offer"}


def test_every_related_id_is_a_topic_or_a_task() -> None:
    for topic in SHELF.topics.values():
        unknown = set(topic.related) - set(SHELF.topics) - TASKS
        assert not unknown, (topic.id, unknown)
        assert topic.id not in topic.related


def test_what_is_offered_exists() -> None:
    assert set(answering.HEADLINES) <= set(SHELF.topics)
    assert set(answering.OFFERED_TASKS) <= TASKS


# -- settings ---------------------------------------------------------------------------------


def settings_read() -> set[str]:
    return {
        name
        for file, call in calls("desk")
        if name_of(file) == "desk.settings"
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "read"
        for name in literals(call.args[0])
    }


def settings_explained() -> dict[str, str]:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return dict(re.findall(r"^#?([A-Z][A-Z_]+)=(.*)$", text, re.MULTILINE))


def test_every_setting_is_explained_and_every_explained_setting_exists() -> None:
    assert settings_read()
    assert settings_read() == set(settings_explained())


def test_the_explained_value_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for name, value in settings_explained().items():
        assert read_settings({name: value}) == read_settings({}), name


# -- style ------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", modules("desk", "actions", "web", "bot"), ids=name_of)
def test_every_module_says_what_it_is_for(file: Path) -> None:
    assert ast.get_docstring(tree(file)), file


@pytest.mark.parametrize("file", modules(*OURS), ids=name_of)
def test_no_module_is_longer_than_two_hundred_and_fifty_lines(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 250


CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")
# What people read lives in YAML and templates; these read what people write, or show it by example.
CHINESE_ALLOWED = {
    "desk/dates.py": "reads times",
    "desk/days.py": "reads days",
    "desk/harvest.py": "reads what a sentence gives",
    "desk/clauses.py": "reads laws and clauses",
    "desk/figures.py": "reads figures",
    "desk/aspects.py": "reads follow-ups",
    "desk/audit.py": "reads questions and days",
    "desk/manifest.py": "the first line of the file that editors see",
    "desk/documents.py": "the word for a whole document, and a docstring's examples",
    "desk/utterance.py": "reads questions and corrections",
    "desk/values.py": "reads names and numbers",
    "desk/contacts.py": "a docstring's example of a name",
    "desk/text.py": "a docstring's examples",
    "desk/codes.py": "a docstring's example",
    "desk/checks/verify.py": "a date as the texts write it",
    "desk/checks/amounts.py": "reads amounts",
    "desk/checks/days.py": "reads days",
    "desk/checks/moves.py": "reads wishes",
    "desk/checks/reading.py": "reads answers",
    "desk/checks/schema.py": "docstrings' examples",
    "actions/resuming.py": "a docstring's example",
    "desk/training.py": "full-width stand-ins for Rasa's markup",
    "web/rasa.py": "the full-width stand-in for a slash",
    "bot/evaluate.py": "the full-width stand-in for a slash",
    "bot/components/features.py": "docstrings' examples",
    "desk/parts.py": "reads messages that ask several things",
}


def chinese(file: Path) -> list[str]:
    """Strings and docstrings with Chinese characters, with their lines."""
    source = file.read_text(encoding="utf-8")
    kinds = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    return [
        f"{token.start[0]}: {token.string[:60]}"
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type in kinds and CJK.search(token.string)
    ]


@pytest.mark.parametrize("file", modules(*OURS), ids=name_of)
def test_words_for_people_are_not_in_the_code(file: Path) -> None:
    if str(file.relative_to(ROOT)) not in CHINESE_ALLOWED:
        assert chinese(file) == []


def test_no_exception_to_that_is_left_over() -> None:
    assert [name for name in CHINESE_ALLOWED if not chinese(ROOT / name)] == []


# -- files ------------------------------------------------------------------------------------

IGNORED = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split() if line[0] != "!"]
VENDOR = ROOT / "web" / "static" / "vendor"
# Hosts by their shape (a package index is served below /simple), options by their names.
INDEX = re.compile(r"//[^\s\"']*/simple\b|--(?:extra-)?index.url|--(?:find-links|trusted-host)\b")
MACHINE = re.compile(r"(?<![\w./-])/(?:home|Users|root|work|mnt)/[\w.]")


def kept_files() -> list[Path]:
    """Everything that .gitignore does not leave out."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder)
        folders[:] = sorted(n for n in folders if n != ".git" and not _ignored(here / n))
        # In a worktree .git is a file that names its folder.
        kept = (name for name in sorted(files) if name != ".git")
        found += [here / name for name in kept if not _ignored(here / name)]
    return found


def _ignored(path: Path) -> bool:
    inside = str(path.relative_to(ROOT))
    return any(
        fnmatch.fnmatch(inside, pattern) or fnmatch.fnmatch(path.name, pattern)
        for pattern in IGNORED
    )


def test_no_file_is_binary_but_what_others_made() -> None:
    for file in kept_files():
        if not file.is_relative_to(VENDOR):
            contents = file.read_bytes()
            assert b"\0" not in contents, file
            contents.decode("utf-8")


def test_no_file_names_a_package_index_or_a_folder_of_somebodys_machine() -> None:
    for file in kept_files():
        if file.is_relative_to(VENDOR):
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            assert not INDEX.search(line), f"{file}:{number} {line[:80]}"
            assert not MACHINE.search(line), f"{file}:{number} {line[:80]}"


@pytest.mark.parametrize("name", ["requirements.lock", "bot/requirements.lock", "deploy/uv.lock"])
def test_a_lock_file_pins_every_package_by_hash_and_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    packages = re.split(r"\n(?=\S)", text.strip())
    assert packages
    for package in packages:
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+", package), package[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", package), package[:80]
