"""Say what a hostile pickle would do, with the arguments that it brings: "runs the shell command `echo hi`".

The arguments are a stranger's text: each is cut to a length, and everything in it that could move a cursor, end a line
or turn the reading direction is written as an escape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onggi.proof.outline import Outline, node_at, outline
from onggi.proof.outline_match import deref
from onggi.proof.outline_node import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onggi.proof.outline_node import Node
    from onggi.proof.report import Finding

__all__ = ["Deeds"]

_MAX_FOCUS: Final = 32
_MAX_NODES: Final = 2_000
_MAX_OPCODES: Final = 500_000
_MAX_BYTES: Final = 64 * 2**20
_ARGUMENT_CHARACTERS: Final = 120
_CALL_CHARACTERS: Final = 240
_MAX_ARGUMENTS: Final = 6

_OF_SYSTEM: Final = frozenset({"os", "posix", "nt", "commands", "popen2", "platform"})
_SHELL: Final = frozenset({"system", "popen", "popen2", "popen3", "popen4", "getoutput", "getstatusoutput"})
_PROGRAM: Final = frozenset({"Popen", "call", "check_call", "check_output", "run"})
_CODE: Final = frozenset({"eval", "exec", "execfile", "compile"})
_OPENS: Final = frozenset({"open", "open_code", "FileIO", "file"})


class Deeds:
    """Puts findings of one pickle into words.

    Args:
        view: The bytes that the pickle starts.
        findings: What was found in it.
    """

    def __init__(self, view: memoryview, findings: Sequence[Finding]) -> None:
        self._view = view[:_MAX_BYTES]
        self._focus = sorted({finding.offset for finding in findings})[:_MAX_FOCUS]
        self._tree: Outline | None = None

    def words(self, finding: Finding) -> str:
        """Say what a finding would do, on one line."""
        plain = printable(finding.reason.removeprefix("would ").replace("`", ""), 400)
        if finding.rule != "dangerous" or finding.offset not in self._focus:
            return plain
        call = self._call_at(finding.offset)
        if call is None:
            return plain
        why = plain.partition(": ")[2]
        if _last(call.type) != _last(finding.global_name):
            maker = printable(call.type, _ARGUMENT_CHARACTERS)
            return f"hands `{printable(finding.global_name)}` to `{maker}`: {why}"
        arguments = _arguments(call)
        return _special(finding.global_name, arguments) or _general(finding.global_name, arguments, why)

    def _call_at(self, offset: int) -> Node | None:
        if self._tree is None:
            self._tree = outline(self._view, max_nodes=_MAX_NODES, max_opcodes=_MAX_OPCODES, focus=self._focus)
        node = node_at(self._tree, offset)
        while node is not None and node.kind not in ("call", "object"):
            node = node.parent
        return node


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _arguments(call: Node) -> list[Node]:
    return [deref(child) for child in call.children]


def _special(name: str, arguments: list[Node]) -> str:
    """Return the words for what attacks like to call, or an empty string."""
    module, _, function = name.rpartition(".")
    first = arguments[0] if arguments else None
    text = _text(first)
    if function in _SHELL and (module in _OF_SYSTEM or module == "subprocess") and text:
        return f"runs the shell command `{text}` ({printable(name)})"
    if module == "subprocess" and function in _PROGRAM and first is not None:
        command = text or _joined(first)
        return f"runs the command `{command}` ({printable(name)})" if command else ""
    if module in ("builtins", "__builtin__") and function in _CODE and text:
        return f"runs the Python code `{text}` ({printable(name)})"
    if function == "__import__" or name == "importlib.import_module":
        return f"imports the module `{text}`, which runs its code ({printable(name)})" if text else ""
    if function in _OPENS and text:
        mode = _text(arguments[1]) if len(arguments) > 1 else ""
        how = f" with the mode `{mode}`" if mode else ""
        return f"opens the file `{text}`{how} ({printable(name)})"
    return ""


def _general(name: str, arguments: list[Node], why: str) -> str:
    listed = ", ".join(_short(argument) for argument in arguments[:_MAX_ARGUMENTS])
    more = ", …" if len(arguments) > _MAX_ARGUMENTS else ""
    call = printable(f"{name}({listed}{more})", _CALL_CHARACTERS)
    return f"calls `{call.replace('`', chr(39))}`: {why}"


def _text(node: Node | None) -> str:
    """Return the text of a string or of bytes, safe to show between backticks; empty for anything else."""
    if node is None or node.kind not in ("str", "bytes"):
        return ""
    value = node.value
    text = value if isinstance(value, str) else value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
    if not text:
        return ""
    is_cut = node.length > len(text.encode("utf-8", "surrogatepass"))
    shown = printable(text, _ARGUMENT_CHARACTERS).replace("`", "'")
    return shown + "…" if is_cut and not shown.endswith("…") else shown


def _joined(node: Node) -> str:
    if node.kind not in ("list", "tuple"):
        return ""
    words = [_text(deref(child)) or "…" for child in node.children[:_MAX_ARGUMENTS]]
    return printable(" ".join(words), _ARGUMENT_CHARACTERS)


def _short(node: Node) -> str:
    text = _text(node)
    if text:
        return f'"{text}"'
    return printable(node.summary or node.kind, _ARGUMENT_CHARACTERS)
