"""The reference pages name everything that is public, and say of it what the code says."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import fields
from enum import EnumMeta
from importlib import import_module
from pathlib import Path

import pytest

import onggi
from onggi import errors
from onggi.cli.app import app
from onggi.inspect.scanning.verdicts import RULES
from onggi.proof import explain
from onggi.proof.tables import _LIBRARIES, lookup
from tests.docs.pages import DOCS, PAGES, blocks, headings, prose

REFERENCE = DOCS / "reference"
SIGNATURES = [block for block in blocks(REFERENCE / "api.md") if block.mark == "signature"]


def _section(page: Path, heading: str) -> str:
    """Return the text below a heading, up to the next one."""
    after = re.split(rf"(?m)^#+ {re.escape(heading)}$", prose(page), maxsplit=1)
    return re.split(r"(?m)^#+ ", after[1], maxsplit=1)[0] if len(after) == 2 else ""


def _first_cells(text: str) -> list[str]:
    """Return the code in the first column of the tables of a text."""
    rows = (line.split("|")[1] for line in text.splitlines() if line.startswith("|"))
    return [name for cell in rows for name in re.findall(r"`([^`]*)`", cell)]


# --------------------------------------------------------------------------------------------------------- public names


@pytest.mark.parametrize("name", onggi.__all__)
def test_every_public_name_is_in_the_reference(name: str) -> None:
    """A heading for what has a page section of its own, else at least a row."""
    page = REFERENCE / "api.md"
    assert name in {text for _, text in headings(page)} | set(_first_cells(prose(page)))


def _parsed(text: str) -> ast.FunctionDef:
    return ast.parse(f"def {text.strip()}: ...").body[0]  # type: ignore[return-value]


def _words(default: object) -> str:
    """Write a default as the page does."""
    return "Limits()" if default == onggi.Limits() else repr(default)


@pytest.mark.parametrize("block", SIGNATURES, ids=lambda block: block.text.partition("(")[0])
def test_a_signature_is_that_of_the_code(block) -> None:
    """Names, kinds and defaults of the arguments."""
    shown = _parsed(block.text)
    real = inspect.signature(getattr(onggi, shown.name))
    arguments = shown.args
    pairs = [(argument.arg, "pos") for argument in arguments.posonlyargs]
    pairs += [(argument.arg, "both") for argument in arguments.args]
    pairs += [(f"{arguments.vararg.arg}", "var")] if arguments.vararg else []
    pairs += [(argument.arg, "key") for argument in arguments.kwonlyargs]
    kinds = {
        inspect.Parameter.POSITIONAL_ONLY: "pos",
        inspect.Parameter.POSITIONAL_OR_KEYWORD: "both",
        inspect.Parameter.VAR_POSITIONAL: "var",
        inspect.Parameter.KEYWORD_ONLY: "key",
    }
    assert pairs == [(name, kinds[parameter.kind]) for name, parameter in real.parameters.items()]
    defaults = [ast.unparse(node) for node in (*arguments.defaults, *arguments.kw_defaults) if node is not None]
    expected = [_words(one.default) for one in real.parameters.values() if one.default is not inspect.Parameter.empty]
    assert defaults == expected


def test_every_function_and_class_with_options_shows_its_signature() -> None:
    """None of those that take arguments of the user's is left out."""
    shown = {_parsed(block.text).name for block in SIGNATURES}
    results = {"Finding", "GlobalReport", "Report", "Verified", "Limits", "OnggiError", "Unsafe", "Signature", "Signer"}
    results |= {"ScanFinding", "ScanReport"}
    ours = {
        name
        for name in onggi.__all__
        if getattr(getattr(onggi, name), "__module__", "").startswith("onggi")
        and not isinstance(getattr(onggi, name), EnumMeta)
    }
    assert shown == ours - results


@pytest.mark.parametrize("verb", ["dump", "load", "inspect"])
def test_every_argument_is_explained(verb: str) -> None:
    """Each has a row in the table of its section."""
    explained = set(_first_cells(_section(REFERENCE / "api.md", verb)))
    assert set(inspect.signature(getattr(onggi, verb)).parameters) <= explained


@pytest.mark.parametrize(
    "cls",
    [
        *(onggi.Report, onggi.Verified, onggi.GlobalReport, onggi.Finding, onggi.Signature, onggi.Signer),
        *(onggi.ScanReport, onggi.ScanFinding),
    ],
)
def test_every_attribute_is_explained(cls: type) -> None:
    """Each is named in the section of its class."""
    section = _section(REFERENCE / "api.md", cls.__name__)
    missing = [field.name for field in fields(cls) if f"`{field.name}`" not in section]
    assert missing == []


@pytest.mark.parametrize(
    "enum",
    [onggi.Use, onggi.Verdict, onggi.Severity, onggi.Tier, onggi.SealState, onggi.Trust, onggi.ScanVerdict],
)
def test_every_member_of_an_enumeration_is_named(enum: EnumMeta) -> None:
    """In the section of the enumeration."""
    section = _section(REFERENCE / "api.md", enum.__name__)
    assert [
        one for one in enum if f"`{one.name}`" not in section and f"`{enum.__name__}.{one.name}`" not in section
    ] == []


# --------------------------------------------------------------------------------------------------------------- errors


def _error_classes() -> list[str]:
    return [name for name in errors.__all__ if issubclass(getattr(errors, name), errors.OnggiError)]


@pytest.mark.parametrize("name", _error_classes())
def test_every_error_has_a_heading_with_cause_and_remedy(name: str) -> None:
    """The root has its attributes instead."""
    section = _section(REFERENCE / "errors.md", name)
    words = ("reason", "hint") if name == "OnggiError" else ("**Cause.**", "**Remedy.**")
    assert all(word in section for word in words)


def test_no_error_is_described_that_does_not_exist() -> None:
    """The headings are the classes, and no other."""
    assert {text for level, text in headings(REFERENCE / "errors.md") if level == 2} == set(_error_classes())


def test_the_tree_of_errors_is_that_of_the_code() -> None:
    """Each line of the tree: the class, its parent, and the standard class that it also is."""
    tree = next(block.text for block in blocks(REFERENCE / "errors.md") if "├──" in block.text)
    parents = ["OnggiError"]
    seen = {"OnggiError"}
    for line in tree.splitlines()[1:]:
        match = re.fullmatch(r"(?P<indent>[│ ]*)[├└]── (?P<name>\w+)(?: \((?:pickle\.)?(?P<standard>\w+)\))?", line)
        assert match, line
        level = len(match["indent"]) // 4 + 1
        cls = getattr(errors, match["name"])
        assert cls.__bases__[0].__name__ == parents[level - 1]
        assert [base.__name__ for base in cls.__bases__[1:]] == ([match["standard"]] if match["standard"] else [])
        parents[level:] = [match["name"]]
        seen.add(match["name"])
    assert seen == set(_error_classes())


# ------------------------------------------------------------------------------------------------------- limits, policy


def test_every_limit_has_a_row_with_its_default() -> None:
    """The numbers are those of the code, in its order."""
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", prose(REFERENCE / "limits.md"), re.MULTILINE)
    shown = [(name, int(number.replace(",", ""))) for name, number in rows]
    assert shown == [(field.name, getattr(onggi.Limits(), field.name)) for field in fields(onggi.Limits)]


def test_every_rule_of_a_finding_has_a_row_with_its_severity() -> None:
    """The two that depend on the tier of the global stand beside those of the walker."""
    rows = re.findall(r"^\| `([\w-]+)` \| (needs trust|hostile) \|", prose(REFERENCE / "policy.md"), re.MULTILINE)
    walker = {rule: "needs trust" if rule in explain._NEED_TRUST else "hostile" for rule in explain._RULES}
    assert dict(rows) == walker | {"not-allowed": "needs trust", "dangerous": "hostile", "known-misused": "hostile"}


def test_every_rule_of_a_scan_has_a_heading_with_its_verdict() -> None:
    """In the order of the code."""
    page = REFERENCE / "scan-rules.md"
    assert [text for level, text in headings(page) if level == 2] == list(RULES)
    assert [
        rule.id for rule in RULES.values() if f"**{rule.verdict.capitalize()}.**" not in _section(page, rule.id)
    ] == []


# ---------------------------------------------------------------------------------------------------------- known types


def _known_names() -> list[str]:
    page = prose(REFERENCE / "known-types.md").partition("## Not known")[0]
    return sorted({name for name in re.findall(r"`([a-z_]\w*(?:\.\w+)+)`", page) if name not in _NO_CLASSES})


_NO_CLASSES = {
    "str.lower",
    "numpy.polynomial",
    "numpy.memmap",
    "scipy.stats",
    "scipy.optimize",
    "scipy.integrate",
    "scipy.signal",
}


def _find(name: str) -> object:
    """Import what a dotted name stands for."""
    parts = name.split(".")
    for count in range(len(parts) - 1, 0, -1):
        try:
            found = import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        for part in parts[count:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(name)


@pytest.mark.parametrize("name", _known_names())
def test_a_type_that_is_called_known_has_a_row(name: str) -> None:
    """Under the name that the page has, or under the one that its class gives for itself."""
    pytest.importorskip(name.partition(".")[0])
    found = _find(name)
    module, _, qualname = name.rpartition(".")
    own = getattr(found, "__module__", None) or module, getattr(found, "__qualname__", qualname)
    assert lookup(module, qualname)[2] or lookup(*own)[2] or lookup(type(found).__module__, type(found).__qualname__)[2]


def test_memmap_is_not_known() -> None:
    """The page says so, as it opens files."""
    assert lookup("numpy", "memmap")[2] is None
    assert lookup("numpy._core.memmap", "memmap")[2] is None


@pytest.mark.parametrize("library", ["tensorflow", "jax", "xgboost", "catboost"])
def test_a_library_that_is_called_unknown_has_no_table(library: str) -> None:
    """A table that comes must come with a word on the page."""
    assert f"`{library}`" in prose(REFERENCE / "known-types.md").partition("## Not known")[2]
    assert library not in _LIBRARIES


def test_every_library_with_rows_has_a_section() -> None:
    """A new table without a word about it is a page that has drifted."""
    from onggi.proof.tables import _load

    titles = " ".join(text for _, text in headings(REFERENCE / "known-types.md")).lower()
    names = {"sklearn": "scikit-learn", "mtrand": "numpy", "PIL": "pillow"}
    libraries = {names.get(library, library) for library, modules in _LIBRARIES.items() if _load(modules).rows}
    assert [library for library in libraries if library not in titles] == []


# ------------------------------------------------------------------------------------------------------------------ cli


@pytest.mark.parametrize("command", list(app.list_commands(None)))  # type: ignore[arg-type]
def test_every_command_is_in_the_documentation(command: str) -> None:
    """The recipes show it at work."""
    assert any(f"onggi {command}" in block.text for block in blocks(DOCS / "how-to" / "cli-recipes.md"))


def test_no_page_types_a_command_that_does_not_exist() -> None:
    """`$ onggi WORD`: a command, an option, or a file."""
    typed = {
        (page.name, match[1])
        for page in PAGES
        for block in blocks(page)
        for match in re.finditer(r"(?m)^\$ onggi ([\w-]+)(?=\s|$)", block.text)
    }
    known = set(app.list_commands(None)) | {"--version", "--help"}  # type: ignore[arg-type]
    assert {word for _, word in typed} <= known
