"""`onggi policy`: what is trusted, why, and what files would need."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from onggi.cli.output import say, write_lines, write_text
from onggi.cli.policies import policy_option, read_option

if TYPE_CHECKING:
    from onggi.api.learning import Learned
    from onggi.inspect.spans import Line
    from onggi.proof.judge import Judged
    from onggi.proof.policy import Policy

__all__ = ["command"]

_EPILOG: Final = """\b
Examples:
  onggi policy learn good/*.pkl --write onggi.toml
  onggi policy show onggi.toml
  onggi policy check numpy.ndarray
"""

_LEARN_EPILOG: Final = """\b
Examples:
  onggi policy learn good/*.pkl
  onggi policy learn good/*.pkl --write onggi.toml
  onggi policy learn model.pkl --write pyproject.toml
"""

_SHOW_EPILOG: Final = """\b
Examples:
  onggi policy show
  onggi policy show onggi.toml
  onggi policy show pyproject.toml --json
"""

_CHECK_EPILOG: Final = """\b
Examples:
  onggi policy check numpy.ndarray
  onggi policy check myapp.models.Model --policy onggi.toml
  onggi policy check os.system --json
"""


@click.group("policy", epilog=_EPILOG, invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show what is trusted, and write down what your own files need.

    No policy is searched for: FILE or --policy names it. Exit codes: 0 all well, 1 refused, 2 unreadable.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command("learn", epilog=_LEARN_EPILOG)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@click.option("--write", "target", metavar="FILE", type=click.Path(dir_okay=False), help="Add it to this policy.")
@policy_option
def learn_command(files: tuple[str, ...], target: str | None, policy_file: str | None) -> int:
    """Collect what files need that you trust, and write it as a policy.

    Nothing is built or imported. Without --write, the policy is printed. An existing policy gets the new lines and
    keeps all others. What is dangerous, or of the standard library, is never learned, and neither is anything else of a
    file that names it.

    Exit codes: 0 all learned, 1 something is refused, 2 damaged or no pickle.
    """
    from onggi.api.learning import learn, policy_text

    learned = learn(files, read_option(policy_file))
    if target is None:
        write_text(policy_text(learned).rstrip("\n"))
    elif learned.needed:
        _write(Path(target), learned)
    _report(learned, target)
    return 1 if learned.refused else 0


def _write(target: Path, learned: Learned) -> None:
    from onggi.api.learning import with_learned
    from onggi.api.projects import PYPROJECT
    from onggi.files.atomic import AtomicFile

    text = target.read_text("utf-8") if target.exists() else ""
    new = with_learned(text, learned, str(target), is_pyproject=target.name == PYPROJECT)
    with AtomicFile(str(target)) as stream:
        stream.write(new.encode())


def _report(learned: Learned, target: str | None) -> None:
    from onggi.inspect.words import plural
    from onggi.proof.outline_node import printable

    for file, faults in learned.refused.items():
        for fault in dict.fromkeys(faults):
            say(f"refused: {printable(file, 200)} {printable(fault, 400)}")
    place = f"{printable(target, 200)}: " if target else ""
    if learned.needed:
        count = plural(len(learned.needed), "global")
        say(f"{place}{count} learned; read them before you rely on them: to name a class is to trust its code")
    elif not learned.refused:
        say(f"{place}nothing to learn: these files hold plain values and known types only")


@command.command("show", epilog=_SHOW_EPILOG)
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def show_command(file: str | None, as_json: bool) -> None:
    """Show all that is trusted, and where each part comes from.

    These are onggi's own tables, those that installed packages ship, and with FILE what an onggi.toml or pyproject.toml
    says. What a program allows shows in its code.
    """
    found = _effective(file)
    if as_json:
        import json

        write_text(json.dumps(found, indent=1))
    else:
        write_lines(_shown(found))


def _effective(file: str | None) -> dict[str, Any]:
    from onggi.api.projects import read_policy_text
    from onggi.proof.tables import libraries

    text = read_policy_text(Path(file)) if file else None
    rules = [{"allow": pattern, "line": text.lines.get(str(pattern))} for pattern in text.policy.allow] if text else []
    limits = text.policy.limits if text else None
    return {
        "tables": libraries(),
        "packages": _shipped(),
        "file": file,
        "rules": rules,
        "limits": {field.name: getattr(limits, field.name) for field in fields(limits)} if limits else {},
    }


def _shipped() -> list[dict[str, Any]]:
    from onggi.errors import PolicyError
    from onggi.proof.tables import is_own
    from onggi.proof.tables.plugins import shipped

    found: list[dict[str, Any]] = []
    for package, tables in shipped().items():
        for table in tables:
            row: dict[str, Any] = {"package": package, "distribution": table.distribution, "globals": 0, "problem": ""}
            if is_own(package):
                row["problem"] = "not used: onggi has its own table for it"
            else:
                try:
                    row["globals"] = len(table.load().rows)
                except PolicyError as error:
                    row["problem"] = error.reason
            found.append(row)
    return found


def _shown(found: dict[str, Any]) -> list[Line]:
    from onggi.inspect.words import plural

    lines: list[Line] = [[("head", "known types"), ("dim", "  onggi's own tables")]]
    lines += [_row(name, plural(count, "global")) for name, count in found["tables"].items()]
    if found["packages"]:
        lines.append([("head", "tables of packages"), ("dim", "  entry points onggi.policies")])
    for one in found["packages"]:
        what = one["problem"] or plural(one["globals"], "global")
        lines.append(_row(one["package"], f"{what}, from {one['distribution']}"))
    if found["file"]:
        lines.append([("head", _safe(found["file"]))])
        lines += [_row(rule["allow"], f"line {rule['line']}" if rule["line"] else "") for rule in found["rules"]]
        lines += [_row(name, f"{number:,}") for name, number in found["limits"].items()]
    return lines


def _row(name: str, text: str) -> Line:
    return [("", f"  {_safe(name):<32}"), ("dim", f" {_safe(text)}" if text else "")]


def _safe(text: str) -> str:
    from onggi.proof.outline_node import printable

    return printable(text, 400)


@command.command("check", epilog=_CHECK_EPILOG)
@click.argument("name", metavar="GLOBAL")
@policy_option
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def check_command(name: str, policy_file: str | None, as_json: bool) -> int:
    """Say what a pickle may do with a class or function, who vouches for it, and why.

    GLOBAL is written as a pickle names it: module.name. Nothing is imported.

    Exit codes: 0 a pickle may use it, 1 it may not.
    """
    entry = _judged(name, read_option(policy_file))
    found = _described(entry)
    if as_json:
        import json

        write_text(json.dumps(found, indent=1))
    else:
        _write_check(found)
    return 0 if entry.allowed else 1


def _judged(name: str, policy: Policy | None) -> Judged:
    """Judge a global; where its module ends is not written, so the first split that somebody vouches for counts."""
    from onggi.proof import DEFAULT_POLICY
    from onggi.proof.judge import Judge

    parts = name.split(".")
    if len(parts) < 2 or not all(parts):
        raise click.UsageError(f"{name!r} is no global, which is written module.name")
    judge = Judge(policy or DEFAULT_POLICY)
    splits = [(".".join(parts[:count]), ".".join(parts[count:])) for count in range(len(parts) - 1, 0, -1)]
    entries = [judge.judge_class(*split) for split in splits]
    return next((entry for entry in entries if entry.rule), next((e for e in entries if e.allowed), entries[0]))


def _described(entry: Judged) -> dict[str, Any]:
    from onggi.proof.rules import GUARDED_USES, Use

    rule = entry.rule
    guards = {use.name: _guard_name(rule.guard(use)) for use in GUARDED_USES if use & rule.uses} if rule else {}
    return {
        "global": str(entry),
        "written": ".".join(entry.original),
        "tier": entry.tier.value,
        "uses": [use.name for use in Use if use & entry.allowed],
        "guards": {use: guard for use, guard in guards.items() if guard},
        "why": entry.why,
    }


def _guard_name(guard: Any) -> str:
    return guard if isinstance(guard, str) else f"{guard.__module__}:{guard.__qualname__}"


_TIERS: Final = {
    "known": "known: a stranger's pickle may use it",
    "allowed": "allowed: your policy names it, so a pickle may use it in every way",
    "unknown": "unknown: a pickle that uses it is refused, unless you allow it",
    "dangerous": "dangerous: a pickle that uses it is called hostile",
}


def _write_check(found: dict[str, Any]) -> None:
    lines: list[Line] = [[("head", _safe(found["global"])), ("", f"  {_TIERS[found['tier']]}")]]
    if found["written"] != found["global"]:
        lines.append([("dim", f"  today's name of {_safe(found['written'])}")])
    if found["tier"] == "known":
        uses = [f"{use} (guard {found['guards'][use]})" if use in found["guards"] else use for use in found["uses"]]
        lines.append([("", f"  uses  {', '.join(uses)}")])
    if found["why"]:
        lines.append([("", f"  why   {_safe(found['why'])}")])
    write_lines(lines)
