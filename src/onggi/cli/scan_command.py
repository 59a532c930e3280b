"""`onggi scan`: every pickle in files and folders, and what it would do."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from onggi.cli.output import say, write_lines, write_text
from onggi.cli.policies import policy_option, read_option
from onggi.cli.sources import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onggi.inspect.scanning import ScanReport
    from onggi.inspect.scanning.baseline import Baseline

__all__ = ["command"]

_FAILS: Final = {
    "hostile": {"hostile"},
    "needs-trust": {"hostile", "needs trust"},
    "no-pickle": {"hostile", "needs trust", "no pickle"},
}
_MEGABYTE: Final = 2**20

_EPILOG: Final = """\b
Examples:
  onggi scan models/
  onggi scan . --exclude tests/data --fail-on hostile
  onggi scan models/ --sarif --output onggi.sarif
  onggi scan models/ --write-baseline onggi-baseline.json
  onggi scan - < model.pkl
"""


@click.command("scan", epilog=_EPILOG)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option("--json", "form", flag_value="json", help="Write JSON; its schema is onggi.scan/1.")
@click.option("--sarif", "form", flag_value="sarif", help="Write SARIF 2.1.0, for code scanning.")
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False), help="Write it there, and text to stdout.")
@click.option("-v", "--verbose", is_flag=True, help="List the files without findings, too.")
@click.option("--allow", metavar="PATTERN", multiple=True, help="Judge as if you trusted this; may be given again.")
@policy_option
@click.option("--include", metavar="GLOB", multiple=True, help="In folders, scan only these; may be given again.")
@click.option("--exclude", metavar="GLOB", multiple=True, help="In folders, pass these over; may be given again.")
@click.option("--skip-hidden", is_flag=True, help="In folders, pass over what begins with a dot.")
@click.option(
    "--fail-on",
    type=click.Choice(list(_FAILS)),
    default="needs-trust",
    show_default=True,
    help="From which verdict on to exit with 1. What is unreadable never exits with 0.",
)
@click.option("--baseline", metavar="FILE", type=click.Path(dir_okay=False), help="Findings that are accepted.")
@click.option("--write-baseline", metavar="FILE", type=click.Path(dir_okay=False), help="Accept all of today.")
@click.option("--jobs", metavar="N", type=click.IntRange(1), default=None, help="Files at once.  [default: processors]")
@click.option(
    "--timeout", metavar="SECONDS", type=click.FloatRange(0.1), default=120.0, show_default=True, help="For one file."
)
@click.option(
    "--max-memory", metavar="MB", type=click.IntRange(64), default=4096, show_default=True, help="For one file."
)
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Scan files and folders for pickles, and say what they would do.

    Nothing of a file is imported or run. All files are read, whatever their names: pickles, joblib, PyTorch and numpy
    files, compressed files, and archives of these. A file is data, needs trust (it names what), is hostile (it says
    what it would do), unreadable, or no pickle.

    .git and its like are passed over, and links in folders are not followed. A dash is the standard input.

    Exit codes: 0 clean, 1 needs trust or hostile (see --fail-on), 2 something is unreadable and nothing is worse.
    """
    from onggi.inspect.scanning.folders import Selection

    accepted = _read_baseline(options["baseline"])
    selection = Selection(options["include"], options["exclude"], not options["skip_hidden"])
    shows_text = options["form"] is None or options["output"] is not None
    reports: list[ScanReport] = []
    with _scanning(paths, selection, options) as found:
        for one in found:
            report = accepted.applied(one) if accepted else one
            reports.append(report)
            if shows_text:
                _show(report, is_verbose=options["verbose"])
    _finish(reports, selection, options, shows_text=shows_text)
    if options["write_baseline"]:
        return _write_baseline(options["write_baseline"], reports)
    return _exit_code(reports, _FAILS[options["fail_on"]])


@contextmanager
def _scanning(paths: tuple[str, ...], selection: Any, options: dict[str, Any]) -> Iterator[Iterator[ScanReport]]:
    """Give the reports of all paths, and show how far it has come."""
    from onggi.files.progress import progress_sink
    from onggi.inspect.scanning import scan_files
    from onggi.proof import DEFAULT_LIMITS, DEFAULT_POLICY
    from onggi.proof.policy import join

    policy = (read_option(options["policy_file"]) or DEFAULT_POLICY) | join(options["allow"])
    bounds = options["jobs"], options["timeout"], options["max_memory"] * _MEGABYTE
    # In the log of a CI job nobody watches how far it is.
    wants_progress = None if sys.stderr.isatty() else False

    def reports(stdin: str) -> Iterator[ScanReport]:
        files = selection.files(stdin if path == "-" else path for path in paths)
        found = scan_files(files, policy, policy.limits or DEFAULT_LIMITS, *bounds)
        for report in found:
            sink(report.size_bytes)
            yield replace(report, path="-") if report.path == stdin else report

    with path_of("-" if "-" in paths else "") as stdin, progress_sink(None, "scanning", wants_progress) as sink:
        found = reports(stdin)
        try:
            yield found
        finally:
            found.close()  # type: ignore[attr-defined]


def _show(report: ScanReport, *, is_verbose: bool) -> None:
    from onggi.inspect.scanning.as_text import report_lines

    if report.findings or report.more_findings or is_verbose:
        write_lines(report_lines(report))


def _finish(reports: list[ScanReport], selection: Any, options: dict[str, Any], *, shows_text: bool) -> None:
    from onggi.inspect.scanning.as_json import scan_data, summary_data
    from onggi.inspect.scanning.as_text import summary_lines

    if shows_text:
        write_lines(summary_lines(summary_data(reports, selection.skipped)))
    if options["form"] is None and options["output"] is None:
        return
    if options["form"] == "json":
        text = json.dumps(scan_data(reports, selection.skipped), indent=1)
    elif options["form"] == "sarif":
        from onggi.inspect.scanning.as_sarif import sarif_data

        text = json.dumps(sarif_data(reports), indent=1)
    else:
        text = _plain(reports, selection)
    if options["output"] is None:
        write_text(text)
    else:
        _write(options["output"], text + "\n")


def _plain(reports: list[ScanReport], selection: Any) -> str:
    from onggi.inspect.plain import plain_text
    from onggi.inspect.scanning.as_json import summary_data
    from onggi.inspect.scanning.as_text import report_lines, summary_lines

    lines = [line for report in reports if report.findings for line in report_lines(report)]
    return plain_text([*lines, *summary_lines(summary_data(reports, selection.skipped))])


def _write(target: str, text: str) -> None:
    from onggi.files.atomic import AtomicFile

    with AtomicFile(target) as stream:
        stream.write(text.encode("utf-8", "backslashreplace"))


def _read_baseline(file: str | None) -> Baseline | None:
    if file is None:
        return None
    from onggi.inspect.scanning.baseline import Baseline

    return Baseline(Path(file).read_text("utf-8", "replace"), file)


def _write_baseline(target: str, reports: list[ScanReport]) -> int:
    from onggi.inspect.scanning.baseline import baseline_text
    from onggi.inspect.words import plural

    text = baseline_text(reports)
    _write(target, text)
    count = plural(text.count('"digest"'), "finding")
    say(f"{target}: {count} accepted, each for the content that its file has now")
    return 2 if any(report.findings and not report.digest for report in reports) else 0


def _exit_code(reports: list[ScanReport], fails: set[str]) -> int:
    verdicts = {report.verdict.value for report in reports}
    if verdicts & fails:
        return 1
    return 2 if "unreadable" in verdicts else 0
