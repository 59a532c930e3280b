"""How far a long save or load has come, on stderr: rich's bar on a terminal, lines of text elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

__all__ = ["ProgressSink", "progress_sink"]

_WAIT_SECONDS: Final = 1.0
# Lines of text pile up in a log: one for each tenth, and where the total is unknown one for each half minute.
_STEP_PERCENT: Final = 10
_STEP_SECONDS: Final = 30.0


def progress_sink(
    total_bytes: int | None,
    label: str,
    enabled: bool | None = None,
    *,
    stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> ProgressSink:
    """Make a sink for `on_progress=`.

    Args:
        total_bytes: What all calls will add up to, if known.
        label: What is being done, such as `"saving model.pkl"`.
        enabled: `True` shows it from the start, `False` never, `None` once it takes longer than a second.
        stream: Where to write. Default: `sys.stderr`, which may be missing.
        clock: Tells the time in seconds.

    Returns:
        A callable that takes numbers of bytes, to be used in a `with` block.
    """
    return ProgressSink(total_bytes, label, enabled, sys.stderr if stream is None else stream, clock)


class ProgressSink:
    """Counts bytes and shows the count; see `progress_sink`.

    Attributes:
        done_bytes: The sum of all calls.
    """

    def __init__(
        self,
        total_bytes: int | None,
        label: str,
        enabled: bool | None,
        stream: TextIO | None,
        clock: Callable[[], float],
    ) -> None:
        self.done_bytes = 0
        self._total_bytes = total_bytes
        self._label = label
        self._stream = stream
        self._clock = clock
        self._is_wanted = enabled is not False and stream is not None
        self._shows_from = clock() + (0.0 if enabled else _WAIT_SECONDS)
        self._display: _Bar | _Lines | None = None

    def __call__(self, count: int) -> None:
        """Add a number of bytes."""
        self.done_bytes += count
        if not self._is_wanted:
            return
        if self._display is None:
            if self._clock() < self._shows_from or self._stream is None:
                return
            self._display = _open_display(self._stream, self._label, self._total_bytes, self._clock)
        try:
            self._display.show(self.done_bytes)
        except (OSError, ValueError):  # stderr is closed or full: no reason for a save to fail
            self._is_wanted = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clear the bar."""
        display, self._display = self._display, None
        if display is not None:
            display.close()


def _open_display(stream: TextIO, label: str, total: int | None, clock: Callable[[], float]) -> _Bar | _Lines:
    if stream.isatty():
        try:
            return _Bar(stream, label, total)
        except ImportError:
            pass
    return _Lines(stream, label, total, clock)


class _Bar:
    """The bar of rich, which removes itself at the end."""

    def __init__(self, stream: TextIO, label: str, total: int | None) -> None:
        from rich.console import Console
        from rich.markup import escape
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        columns: list[Any] = [TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()]
        self._progress = Progress(*columns, TimeRemainingColumn(), console=Console(file=stream), transient=True)
        # A file name can hold brackets, which are markup to rich.
        self._task = self._progress.add_task(escape(label), total=total)
        self._progress.start()

    def show(self, done: int) -> None:
        self._progress.update(self._task, completed=done)

    def close(self) -> None:
        self._progress.stop()


class _Lines:
    """`label 40 %` for each tenth, or `label 512.0 MB` now and then."""

    def __init__(self, stream: TextIO, label: str, total: int | None, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._label = label
        self._total = total
        self._clock = clock
        self._next_percent = 0
        self._next_moment = float("-inf")

    def show(self, done: int) -> None:
        if self._total:
            percent = min(100 * done // self._total, 100)
            if percent >= self._next_percent:
                self._next_percent = percent - percent % _STEP_PERCENT + _STEP_PERCENT
                self._write(f"{percent} %")
        elif (moment := self._clock()) >= self._next_moment:
            self._next_moment = moment + _STEP_SECONDS
            self._write(f"{done / 1e6:,.1f} MB")

    def close(self) -> None:
        pass

    def _write(self, text: str) -> None:
        self._stream.write(f"{self._label} {text}\n")
        self._stream.flush()
