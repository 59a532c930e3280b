"""Bytes to objects: split, proof-read, judge, build. The only place that constructs an Unpickler.

source bytes → split → opcodes (a private copy) + payloads
             → check the seal            → trust all, or the reader's policy
             → proof-read                → findings: refuse, before anything is imported or built
             → resolve the globals
             → build by CPython's Unpickler, from the bytes that were read
"""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import MutableMapping, MutableSequence, MutableSet
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from onggi.codec.collector import paused
from onggi.codec.dispatch import Dispatcher
from onggi.codec.expected import check_expected
from onggi.codec.options import DEFAULT_OPTIONS, Options
from onggi.codec.payloads import payload_of, views
from onggi.codec.resolve import check_home, resolve
from onggi.errors import BuildError, MalformedError, OnggiError, RefusedError, TruncatedError, UndecodableError
from onggi.format import codes
from onggi.format.label import has_label
from onggi.format.seal import MAGIC, ends_in_seal
from onggi.format.split import Split, split
from onggi.proof import TRUST_ALL, Proof, Reader, Tier, Unsafe, Use
from onggi.proof.guards import budget, unfinished
from onggi.proof.guards.attributes import is_stored
from onggi.proof.reader import read_plain
from onggi.trust.sealing import SealState, check_buffers, check_seal, usable_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from onggi.codec.place import Place
    from onggi.proof.judge import Judged
    from onggi.trust.keys import SecretKey
    from onggi.trust.signatures import Signature, Signed

__all__ = ["Decoder", "decode", "prepare"]

AUTO_VERIFY_BYTES: Final = 64 * 2**20
"""Buffers up to this size together are verified in any case; larger ones in a map only on request."""

_SHORT: Final = 4_096
_BINBYTES: Final = bytes((codes.BINBYTES,))
_MISSING: Final = object()
_CONTAINERS: Final[dict[Use, tuple[type, ...]]] = {
    Use.APPEND: (list, MutableSequence),
    Use.SETITEM: (dict, MutableMapping),
    Use.ADD: (set, MutableSet),
}
_FILLING: Final = Use.STATE | Use.APPEND | Use.SETITEM | Use.ADD


def decode(
    source: bytes | memoryview,
    options: Options = DEFAULT_OPTIONS,
    *,
    start: int = 0,
    buffers: Iterable[Any] | None = None,
) -> tuple[Any, int]:
    """Decode the pickle that begins at `start`.

    Args:
        source: The bytes, contiguous, of format `B`. Large buffers of the object are views of it.
        options: How to decode.
        start: Index of the first opcode.
        buffers: Out-of-band buffers, as in `pickle.loads`.

    Returns:
        The object, and the index behind its pickle.

    Raises:
        DecodeError: One of its kinds; nothing was built if it is a RefusedError, LimitError, IntegrityError,
            TruncatedError or MalformedError of the proof.
    """
    if len(source) - start <= _SHORT and buffers is None and options is DEFAULT_OPTIONS:
        plain = _decode_short(source if not start and isinstance(source, bytes) else bytes(source[start:]))
        if plain is not None:
            return plain[0], start + plain[1]
    return Decoder(options, is_single=True).decode(source, start=start, buffers=buffers)


def prepare(cut: Split, options: Options) -> Callable[[Iterable[Any] | None], Any]:
    """Proof-read a pickle that was cut out of something else, without building it yet.

    Args:
        cut: The pickle. It has no seal.
        options: How to decode.

    Returns:
        Builds the object, once, of the out-of-band buffers: what each payload without a view stands for.

    Raises:
        DecodeError: One of its kinds, as for `decode`.
    """
    return Decoder(options, is_single=True).prepare(cut)


@contextlib.contextmanager
def _located(cut: Split) -> Iterator[None]:
    """Give errors their place in the source."""
    try:
        yield
    except OnggiError as error:
        from onggi.codec.place import locate

        locate(error, cut)
        raise


def _decode_short(opcodes: bytes) -> tuple[Any, int] | None:
    """Decode a short message of plain values without ceremony; None if it is anything else."""
    if opcodes[2:3] == _BINBYTES and has_label(opcodes):
        return None
    stop = read_plain(opcodes)
    if not stop or (MAGIC in opcodes and ends_in_seal(opcodes, stop)):
        return None
    try:
        return pickle.loads(opcodes), stop
    except Exception:
        # The long way fails as well, and says where.
        return None


class Decoder:
    """Decodes pickles that share one memo, one after the other, as one `pickle.Unpickler` does.

    Args:
        options: How to decode.
        is_single: Whether only one pickle will be decoded: then less has to be rewritten.
    """

    def __init__(self, options: Options = DEFAULT_OPTIONS, *, is_single: bool = False) -> None:
        self._options = options
        self._is_single = is_single
        self._reader: Reader | None = None
        self._machine: _Machine | None = None
        self._primed: tuple[int, ...] = ()
        self._state = SealState.NONE
        self._signatures: list[Signature] = []
        # What a sealed pickle takes from the memo of an unsealed one was never sealed.
        self._all_own = True

    def decode(
        self, source: bytes | memoryview, *, start: int = 0, buffers: Iterable[Any] | None = None
    ) -> tuple[Any, int]:
        """Decode the next pickle; see `decode`."""
        try:
            return self._decode(source, start, buffers)
        except BaseException as error:
            # What a failed pickle has left in the memo, the next one must not meet.
            self._reader = self._machine = None
            self._all_own = True
            if isinstance(error, OnggiError) and error.source is None:
                error.source = self._options.source
            raise

    @property
    def protocol(self) -> int:
        """The protocol of the latest pickle; 0 before the first."""
        return self._reader.protocol if self._reader else 0

    @property
    def memo(self) -> Any:
        """The memo of CPython's machine."""
        return self._get_machine().memo

    @memo.setter
    def memo(self, memo: Any) -> None:
        self._get_machine().memo = memo
        # What the caller puts into the memo is the caller's; for the proof it is opaque.
        self._primed = tuple(memo if isinstance(memo, dict) else memo.copy())

    def _get_machine(self) -> _Machine:
        if self._machine is None:
            self._machine = _Machine(self._options)
        return self._machine

    def _decode(self, source: bytes | memoryview, start: int, buffers: Iterable[Any] | None) -> tuple[Any, int]:
        cut = split(source, start)
        try:
            return self._decode_cut(cut, source, start, buffers)
        except OnggiError as error:
            # Imported when needed: it reads the pickle once more.
            from onggi.codec.place import locate

            locate(error, cut)
            raise

    def _decode_cut(
        self, cut: Split, source: bytes | memoryview, start: int, buffers: Iterable[Any] | None
    ) -> tuple[Any, int]:
        proof = self._read(cut)
        if cut.stop is None and ends_in_seal(proof.opcodes, proof.stop):
            # A seal without a label: one of them was changed.
            self._check_unlabelled(split(source, start, looks_for_seal=True))
        obj = self._build(cut, proof, self._resolved(proof), buffers)
        if self._options.expect is not None:
            check_expected(obj, self._options.expect)
        return obj, cut.stop if cut.stop is not None else start + proof.stop

    def _resolved(self, proof: Proof) -> dict[int, Any]:
        """Resolve the globals of a pickle that does nothing that is refused."""
        if proof.found:
            raise self._refusal(proof)
        resolved = _resolve_all(proof, self._options.find_class)
        _check_states(proof, resolved)
        return resolved

    def prepare(self, cut: Split) -> Callable[[Iterable[Any] | None], Any]:
        """Proof-read a pickle that was cut before; see `prepare`."""
        with _located(cut):
            proof = self._read(cut)
            resolved = self._resolved(proof)

        def build(buffers: Iterable[Any] | None) -> Any:
            with _located(cut):
                return self._build(cut, proof, resolved, buffers)

        return build

    def _read(self, cut: Split) -> Proof:
        """Check the seal, choose the policy by it, and proof-read."""
        options = self._options
        key = _own_key(cut) if cut.seal and options.trust_own else None
        self._state = check_seal(cut, key)
        verified = self._check_buffers(cut)
        self._check_signatures(cut)
        vouched = self._state in (SealState.OWN_KEY, SealState.SIGNER)
        was_own, self._all_own = self._all_own, self._all_own and vouched
        if self._reader is None:
            self._reader = Reader(
                TRUST_ALL if self._all_own else options.policy,
                options.limits,
                fix_imports=options.fix_imports,
                keep_guards=options.keeps_guards or (self._all_own and not verified),
                has_persistent_load=options.persistent_load is not None,
            )
        elif was_own and not self._all_own:
            self._reader.distrust(options.policy, options.limits)
        elif self._all_own and not verified:
            self._reader.guard()
        if self._primed:
            self._reader.prime(self._primed)
            self._primed = ()
        return self._reader.read(cut.opcodes, cut.buffer_kinds)

    def _check_unlabelled(self, cut: Split) -> None:
        """Check a seal that was found late: it can be wrong, and vouches for nobody."""
        state = self._state
        check_seal(cut, None)
        check_buffers(cut.payloads)
        self._check_signatures(cut)
        self._state = state

    def _check_signatures(self, cut: Split) -> None:
        """Find out whether somebody whom the reader trusts has signed; who wrote the file need not ask."""
        wanted = self._options.signed
        has_any = cut.seal is not None and bool(cut.seal.signatures)
        if wanted is None and (not has_any or self._state is SealState.OWN_KEY or not self._options.trust_own):
            return
        # Imported when used: most pickles are not signed.
        from onggi.trust.signatures import Trust, check_signatures

        self._signatures = check_signatures(cut.seal, self._options.file_name, wanted) if cut.seal else []
        if any(one.trust is Trust.TRUSTED for one in self._signatures):
            self._state = SealState.SIGNER
        elif wanted is not None:
            raise self._not_signed(wanted)

    def _not_signed(self, wanted: Signed) -> RefusedError:
        who = wanted.by or "somebody whom you trust"
        reasons = "; ".join(one.reason for one in self._signatures) or "it has no signature"
        hint = next((one.hint for one in self._signatures if one.hint), "ask its writer for a signed file")
        return RefusedError(f"a file signed by {who} was asked for, and this is none: {reasons}", hint=hint)

    def _check_buffers(self, cut: Split) -> bool:
        """Verify the buffers as far as the options ask for; say whether all were."""
        rows = [payload for payload in cut.payloads if payload.row]
        options = self._options
        if options.verify is None:
            wanted = not options.is_mapped or sum(p.row.length for p in rows if p.row) <= AUTO_VERIFY_BYTES
        else:
            wanted = options.verify
        if wanted:
            check_buffers(rows)
        # Out-of-band buffers are not in the seal.
        return (wanted or not rows) and all(payload.view is not None for payload in cut.payloads)

    def _refusal(self, proof: Proof) -> RefusedError:
        error = proof.refusal()
        if error.hint and self._signatures:
            error.hint += "".join(f"; it is {one.reason}" for one in self._signatures)
            error.hint += next((f": {one.hint}" for one in self._signatures if one.hint), "")
        elif error.hint and self._state is SealState.OTHER_KEY:
            error.hint += "; it is sealed by another key: if that is your own on another machine, copy the key file"
        return error

    def _build(
        self,
        cut: Split,
        proof: Proof,
        resolved: dict[int, Any],
        buffers: Iterable[Any] | None,
    ) -> Any:
        options = self._options
        dispatcher = Dispatcher(proof.judged, resolved, options.persistent_load, _state_test(proof))
        vetted = {number: dispatcher.vetted(number) for number in proof.vet_calls()} if self._is_single else {}
        payloads = cut.payloads or [payload_of(proof.opcodes, *where) for where in proof.cuts()]
        dispatcher.at_work = None
        if proof.has_slot_states:
            proof.vet_states([n for n, found in resolved.items() if isinstance(found, type) and is_stored(found)])
        machine = self._get_machine()
        trusts = self._all_own or options.policy.trust
        machine.prepare(proof, resolved | vetted, dispatcher, views(payloads, buffers, options), trusts)
        try:
            obj = _load(machine, len(proof.opcodes) + sum(len(p.view) for p in cut.payloads if p.view is not None))
        except OnggiError:
            raise
        except Exception as error:
            place = self._place_of(error, proof, machine)
            if trusts:
                raise _trusted_failure(error, dispatcher.at_work, place) from error.__cause__
            raise _failure(error, dispatcher.at_work, place) from error
        finally:
            machine.release(keeps_memo=not self._is_single)
        return obj

    def _place_of(self, error: Exception, proof: Proof, machine: _Machine) -> Place | None:
        """Find where the build has failed; only where the memo holds nothing of earlier pickles."""
        if not self._is_single or isinstance(error, MemoryError):
            return None
        from onggi.codec.place import place_of_failure

        return place_of_failure(proof.opcodes[: proof.stop], len(machine.memo.copy()))


class _Machine(pickle.Unpickler):
    """CPython's own machine, fed from memory; it looks up nothing by itself."""

    def __init__(self, options: Options) -> None:
        self._feed = _Feed()
        self._names: dict[tuple[str, str], Any] = {}
        self._dispatch: Callable[[Any], Any] = _no_dispatch
        self._waiting: Iterator[Any] = iter(())
        self._trusts = False
        super().__init__(self._feed, encoding=options.encoding, errors=options.errors, buffers=self._next_buffers())

    def prepare(
        self,
        proof: Proof,
        resolved: dict[int, Any],
        dispatch: Dispatcher,
        buffers: Iterator[Any],
        trusts: bool,
    ) -> None:
        """Take the next pickle."""
        self._feed.data = proof.canonical()
        self._names = {names: resolved[number] for names, number in proof.names.items()}
        self._dispatch = dispatch
        self._waiting = buffers
        self._trusts = trusts

    def release(self, *, keeps_memo: bool) -> None:
        """Let go of the bytes and the globals, and of the memo if no other pickle will ask for it."""
        if not keeps_memo:
            # The machine is part of a cycle: what the memo holds would live until the next full collection.
            self.memo = {}
        self._feed.data = b""
        self._names = {}
        self._dispatch = _no_dispatch
        self._waiting = iter(())
        self._trusts = False

    def _next_buffers(self) -> Iterator[Any]:
        while True:
            try:
                yield next(self._waiting)
            except StopIteration:
                raise MalformedError("not enough out-of-band buffers") from None

    def find_class(self, module: str, name: str) -> Any:
        """Answer from the table of judged globals."""
        found = self._names.get((module, name), _MISSING)
        if found is not _MISSING:
            return found
        if not self._trusts:
            raise RefusedError(f"`{module}.{name}` was not proof-read: this is a defect of onggi, please report it")
        return super().find_class(module, name)

    def persistent_load(self, item: Any) -> Any:
        """Perform a guarded operation."""
        return self._dispatch(item)


class _Feed:
    """A file that is all there: the machine peeks at everything at once and then skips it."""

    __slots__ = ("data",)

    def __init__(self) -> None:
        self.data: bytes | bytearray = b""

    def peek(self, count: int) -> bytes | bytearray:
        return self.data

    def read(self, count: int) -> bytes:
        # The machine has it all already, and throws away what it skips: no use to copy it.
        self.data = b""
        return b""

    def readline(self) -> bytes:
        return b""


def _load(machine: _Machine, size_bytes: int) -> Any:
    """Run the machine, and see that what the guards of this load have begun is finished."""
    with paused, budget.one_load(size_bytes), unfinished.one_load():
        return machine.load()


def _no_dispatch(item: Any) -> Any:
    raise AssertionError("no pickle is being built")


def _own_key(cut: Split) -> SecretKey | None:
    return usable_key() if cut.seal and cut.seal.tag else None


def _resolve_all(proof: Proof, find_class: Callable[[str, str], Any] | None) -> dict[int, Any]:
    resolved: dict[int, Any] = {}
    if find_class is not None:
        resolved = {number: find_class(*written) for written, number in proof.names.items()}
    for entry in proof.judged:
        if entry.is_mentioned and entry.number not in resolved:
            resolved[entry.number] = resolve(entry, resolved.get(entry.member_of))
            check_home(entry, resolved[entry.number], proof.judge_class)
    return resolved


def _check_states(proof: Proof, resolved: dict[int, Any]) -> None:
    """Refuse a state for what the pickle did not make itself: members of enums, and whatever a function looks up."""
    for entry in proof.judged:
        found = resolved.get(entry.number)
        if entry.tier is not Tier.ALLOWED or not proof.uses(entry.number) & _FILLING:
            continue
        if isinstance(found, type):
            _check_fills(entry, found, proof.uses(entry.number))
        # What a function of the reader's returns may be filled, as `__reduce__` with items wants it.
        elif not proof.uses(entry.number) & Use.STATE:
            continue
        if not isinstance(found, type) or issubclass(found, Enum):
            kind = "a member of the enum" if isinstance(found, type) else "what is returned by the function"
            raise RefusedError(
                f"this pickle would change {kind} `{entry}`, which may be shared by the whole program",
                offset=entry.offset,
                hint="only a pickle with your own seal may do this: save it where it was made with onggi.dump",
            )


def _check_fills(entry: Judged, cls: type, uses: Use) -> None:
    """Refuse items for what is no container: APPEND and its like call methods that do anything there."""
    for use, kinds_of in _CONTAINERS.items():
        if uses & use and not issubclass(cls, kinds_of):
            raise RefusedError(
                f"this pickle would add items to a `{entry}`, which is no {kinds_of[0].__name__}",
                offset=entry.offset,
                hint="only a pickle with your own seal may do this: save it where it was made with onggi.dump",
            )


def _state_test(proof: Proof) -> Callable[[type], bool]:
    """Say for a class that only building shows whether the policy lets a pickle set its state."""

    def may_have_state(cls: type) -> bool:
        judged: Judged = proof.judge_class(cls.__module__, cls.__qualname__)
        return bool(judged.allowed & Use.STATE)

    return may_have_state


def _failure(error: Exception, at_work: Judged | None, place: Place | None = None) -> Exception:
    """Turn what a build raised into an error of ours that keeps it as its cause."""
    if isinstance(error, Unsafe):
        hint = "no honest pickle does this: treat the file as hostile, or report it if you made the file yourself"
        reason = f"`{at_work}`: {error}. The load was stopped" if at_work else f"{error}. The load was stopped"
        return RefusedError(reason, **_where(place, at_work), hint=hint)
    if isinstance(error, EOFError):
        return TruncatedError(f"the pickle ends in the middle: {error}")
    if isinstance(error, UnicodeError):
        hint = 'pickles of Python 2 may need encoding="latin1" or encoding="bytes"'
        reason = f"a string can't be decoded: {error}"
        if isinstance(error, UnicodeDecodeError):
            return UndecodableError(reason, error=error, hint=hint)
        return MalformedError(reason, hint=hint)
    if isinstance(error, pickle.UnpicklingError) and not at_work:
        return MalformedError(str(error))
    name = place.name if place is not None else str(at_work or "")
    what = f"`{name}` failed" if name else "building the object failed"
    return BuildError(
        f"{what}: {type(error).__name__}: {error}",
        **_where(place, at_work),
        hint=_build_hint(name),
    )


def _where(place: Place | None, at_work: Judged | None) -> dict[str, Any]:
    if place is not None:
        return {"offset": place.offset, "path": place.path}
    return {"offset": at_work.offset if at_work else None}


def _build_hint(name: str) -> str:
    top = name.partition(".")[0]
    if top in ("", "builtins"):
        return "the data do not fit together, as in a damaged file: `onggi inspect FILE` shows them"
    return f"the data do not fit the {top} that is here: `onggi inspect FILE` shows them, and which version wrote them"


def _trusted_failure(error: Exception, at_work: Judged | None, place: Place | None) -> Exception:
    """Leave what the reader's own classes raise as it is, as pickle does."""
    if isinstance(error, Unsafe):
        # The opcodes are the reader's own, so it is a buffer that nobody has verified.
        hint = "a buffer of the file is damaged or was changed: verify=True says which; take a backup"
        return RefusedError(f"`{at_work}`: {error}. The load was stopped", **_where(place, at_work), hint=hint)
    if place is not None and place.path is not None:
        error.add_note(f"onggi was building {place.path}" + (f", a `{place.name}`" if place.name else ""))
    if isinstance(error, pickle.UnpicklingError) and not isinstance(error, OnggiError):
        return MalformedError(str(error))
    return TruncatedError(str(error)) if type(error) is EOFError else error
