"""Scan one file, in this process."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from onggi.errors import NotAPickleError, OnggiError
from onggi.files.gather import flat
from onggi.files.mapped import open_source, read_stream
from onggi.inspect.finding import Found, find_pickles
from onggi.inspect.scanning.judging import has_pickle, judged, trouble
from onggi.inspect.scanning.report import ScanFinding, ScanReport, unreadable
from onggi.inspect.scanning.verdicts import ScanVerdict, worst
from onggi.proof.outline_node import printable
from onggi.trust.digest import digest

if TYPE_CHECKING:
    from onggi.proof import Limits, Policy

__all__ = ["os_trouble", "scan_one"]

_MAX_FINDINGS: Final = 100
_DIGEST_BYTES: Final = 16
_MAX_DIGESTED_BYTES: Final = 16 * 2**30
_PICKLE_SUFFIXES: Final = frozenset(
    {".pkl", ".pickle", ".pck", ".pcl", ".pkl5", ".joblib", ".jbl", ".dill", ".cloudpickle", ".pt", ".pth"}
)
_MODEL_SUFFIXES: Final = _PICKLE_SUFFIXES | {".bin", ".ckpt", ".model", ".sav", ".p", ".npy", ".npz", ".h5"}
_PACKED_SUFFIXES: Final = frozenset({".gz", ".bz2", ".xz", ".zst", ".lz4", ".z", ".zlib", ".lzma", ".zip"})


def scan_one(source: Any, path: str, policy: Policy, limits: Limits) -> ScanReport:
    """Scan one file.

    Args:
        source: A path, a binary file, or the bytes.
        path: What to call it.
        policy: What the verdict is by.
        limits: How much it may ask for.
    """
    try:
        return _Scan(_view(source, limits), path, policy, limits).report()
    except OSError as error:
        return os_trouble(path, error)
    except OnggiError as error:
        return ScanReport(path, ScanVerdict.UNREADABLE, (trouble(error),))
    except MemoryError:
        return unreadable(
            path,
            "too-large",
            "takes more memory to read than the limit",
            next_step="scan it with a larger --max-memory",
        )


def os_trouble(path: str, error: OSError) -> ScanReport:
    """Make the report of a file that the system does not give."""
    words = {
        errno.EACCES: "can't be read: permission denied",
        errno.EPERM: "can't be read: permission denied",
        errno.ENOENT: "is not there (any more)",
    }
    reason = words.get(error.errno or 0, f"can't be read: {error.strerror or type(error).__name__}")
    return unreadable(path, "no-access", printable(reason, 200))


def _view(source: Any, limits: Limits) -> memoryview:
    if isinstance(source, str | os.PathLike):
        with open_source(os.fspath(source), mode="r", max_source_bytes=limits.max_source_bytes) as opened:
            return opened.view
    if hasattr(source, "read"):
        return memoryview(read_stream(source.read, limits.max_source_bytes))
    return flat(source)


class _Scan:
    """Collects the findings of one file."""

    def __init__(self, view: memoryview, path: str, policy: Policy, limits: Limits) -> None:
        self._view = view
        self._path = path
        self._options: dict[str, Any] = {"policy": policy, "limits": limits}
        self._verdict = ScanVerdict.NO_PICKLE
        self._findings: dict[tuple[str, str, str], ScanFinding] = {}
        self._more = 0
        self._pickles = 0

    def report(self) -> ScanReport:
        """Read the file to its end."""
        for found in find_pickles(self._view, name="", **self._options):
            self._take(found)
        findings = sorted(self._findings.values(), key=lambda one: _ORDER[one.verdict])
        report = ScanReport(
            self._path, self._verdict, tuple(findings), self._more, self._pickles, size_bytes=len(self._view)
        )
        if not findings or len(self._view) > _MAX_DIGESTED_BYTES:
            return report
        return replace(report, digest=digest(self._view)[:_DIGEST_BYTES].hex())

    def _take(self, found: Found) -> None:
        if not has_pickle(found) and isinstance(found.error, NotAPickleError) and self._is_other(found, found.error):
            return
        member = printable(found.name, 400)
        self._pickles += has_pickle(found)
        if found.is_clean and has_pickle(found):
            self._verdict = worst(self._verdict, ScanVerdict.DATA)
        for finding in judged(found, member, self._path):
            self._add(finding)

    def _is_other(self, found: Found, error: NotAPickleError) -> bool:
        """Say whether the file is another kind of file that nobody takes for a pickle."""
        if found.name or error.kind in ("7z", "rar", "lz4-legacy"):
            return False
        suffixes = _MODEL_SUFFIXES if error.kind == "git-lfs" else _PICKLE_SUFFIXES
        if not _names_one(self._path, suffixes):
            return True
        words = printable(f"is named like a pickle, but {error.reason}", 400)
        hint = printable((error.hint or "").replace("FILE", self._path), 200)
        self._add(ScanFinding("not-what-it-says", ScanVerdict.UNREADABLE, words, next_step=hint))
        return True

    def _add(self, finding: ScanFinding) -> None:
        self._verdict = worst(self._verdict, finding.verdict)
        key = finding.rule, finding.global_name, finding.member
        if key in self._findings:
            return
        if len(self._findings) >= _MAX_FINDINGS:
            self._more += 1
            if finding.verdict is not ScanVerdict.HOSTILE:
                return
            # A hostile one is worth more than any that is listed and only needs trust.
            dropped = next((k for k, v in self._findings.items() if v.verdict is not ScanVerdict.HOSTILE), None)
            if dropped is None:
                return
            del self._findings[dropped]
        self._findings[key] = finding


_ORDER: Final = {ScanVerdict.HOSTILE: 0, ScanVerdict.UNREADABLE: 1, ScanVerdict.NEEDS_TRUST: 2}


def _names_one(path: str, suffixes: frozenset[str] | set[str]) -> bool:
    base, suffix = os.path.splitext(os.path.basename(path).lower())
    if suffix in _PACKED_SUFFIXES:
        suffix = os.path.splitext(base)[1]
    return suffix in suffixes
