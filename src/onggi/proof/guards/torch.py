"""Guards of PyTorch's tensors: C++ code that takes offsets, sizes and strides over a storage as they come.

A tensor must lie inside of its storage: the original grows the storage to whatever a pickle asks for, or reads behind
its end. Storages come from `codec.torch`, which takes them out of the file, or from `load_from_bytes`, which reads the
one form that `Storage.__reduce__` writes without unpickling anything: the original is `torch.load` on the bytes,
whatever they say.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

from onggi.errors import DecodeError
from onggi.format.torch import read_legacy_storage
from onggi.proof.guards.budget import allocate
from onggi.proof.guards.shapes import kind_of, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "device",
    "dtype_of_storage",
    "layout",
    "load_from_bytes",
    "make_storage",
    "parameter",
    "size",
    "sparse",
    "tensor",
    "tensor_of_dtype",
    "tensor_without_hooks",
]

_MAX_DIMENSIONS: Final = 64
_MAX_SIDE: Final = 2**62
_MAX_EXPANSION: Final = 1_000
"""How many times larger than its storage a tensor may say to be: `expand` repeats without copying."""
_FLOOR_BYTES: Final = 2**26
_FLAGS: Final = {"conj", "neg"}
_LAYOUTS: Final = {f"torch.{name}" for name in ("strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr")}


# Storages.


def dtype_of_storage(cls: Any) -> Any:
    """Return the dtype of the elements of a class of storages.

    Raises:
        Unsafe: It is no such class.
    """
    import torch

    if cls is torch.UntypedStorage:
        return torch.uint8
    if not isinstance(cls, type) or cls not in torch._storage_classes or cls is torch.storage.TypedStorage:
        refuse(f"{kind_of(cls)} stands where a class of PyTorch's storages is needed")
    # Its public name warns of what is to come.
    dtype = getattr(cls, "_dtype", None)
    if not isinstance(dtype, torch.dtype):
        refuse("a class of PyTorch's storages without a dtype")
    return dtype


def make_storage(raw: Any, cls: Any, count: Any, *, is_swapped: bool = False) -> Any:
    """Make a storage of its bytes; it shares them if they can be written to and lie as C wants them.

    Args:
        raw: The bytes: as many as are needed, or more.
        cls: The class of storages that the file names.
        count: How many elements it has.
        is_swapped: Whether the bytes are in the other byte order.

    Raises:
        Unsafe: They do not fit each other.
    """
    import torch

    dtype = dtype_of_storage(cls)
    if type(count) is not int or not 0 <= count < _MAX_SIDE:
        refuse("the number of elements of a storage must be a size")
    size_bytes = count * dtype.itemsize
    if size_bytes > len(raw):
        refuse(f"a storage of {size_bytes:,} bytes is given {len(raw):,}")
    untyped = _untyped(memoryview(raw)[:size_bytes], dtype.itemsize)
    if is_swapped:
        untyped.byteswap(dtype)
    return torch.storage.TypedStorage(wrap_storage=untyped, dtype=dtype, _internal=True)


def _untyped(view: memoryview, alignment_bytes: int) -> Any:
    import torch

    if not len(view):
        return torch.UntypedStorage(0)
    if view.readonly:
        allocate(len(view))
        view = memoryview(bytearray(view))
    shared = torch.frombuffer(view, dtype=torch.uint8)
    if shared.data_ptr() % alignment_bytes:
        allocate(len(view))
        shared = shared.clone()
    return shared.untyped_storage()


def load_from_bytes(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Read the one storage that `Storage.__reduce__` has written: `torch.storage._load_from_bytes(bytes)`."""
    import torch

    if len(args) != 1 or type(args[0]) not in (bytes, bytearray, memoryview):
        refuse("torch.storage._load_from_bytes must be given bytes")
    try:
        found = read_legacy_storage(memoryview(args[0]))
    except DecodeError as error:
        refuse(f"torch.storage._load_from_bytes is given something else than a storage: {error.reason}")
    module, name = found.class_name
    cls = getattr(torch, name, None) if module == "torch" and name.endswith("Storage") else None
    allocate(len(found.content))
    return make_storage(bytearray(found.content), cls, found.length)


# Tensors.


def _sides(given: Any, what: str) -> tuple[int, ...]:
    if not isinstance(given, tuple) or len(given) > _MAX_DIMENSIONS:
        refuse(f"the {what} of a tensor must be a tuple of at most {_MAX_DIMENSIONS} sizes, not {kind_of(given)}")
    if not all(type(side) is int and 0 <= side < _MAX_SIDE for side in given):
        refuse(f"the {what} of a tensor must be sizes")
    return tuple(given)


def _require_inside(storage: Any, item_bytes: int, offset: Any, given_size: Any, given_stride: Any) -> tuple[Any, ...]:
    """Refuse a tensor that is not inside of its storage; return offset, size and stride."""
    import torch

    if type(storage) is torch.storage.TypedStorage:
        length_bytes = storage._untyped_storage.nbytes()
    elif type(storage) is torch.UntypedStorage:
        length_bytes = storage.nbytes()
    else:
        refuse(f"{kind_of(storage)} stands where a storage of PyTorch is needed")
    sides, strides = _sides(given_size, "size"), _sides(given_stride, "stride")
    if type(offset) is not int or not 0 <= offset < _MAX_SIDE or len(sides) != len(strides):
        refuse("offset, size and stride of a tensor do not fit each other")
    count = math.prod(sides)
    last = offset + sum((side - 1) * stride for side, stride in zip(sides, strides, strict=True)) + 1 if count else 0
    if last * item_bytes > length_bytes or offset * item_bytes > length_bytes:
        refuse(f"a tensor reaches to byte {last * item_bytes:,} of a storage of {length_bytes:,}")
    if count * item_bytes > max(_FLOOR_BYTES, _MAX_EXPANSION * length_bytes):
        refuse(f"a tensor of {count * item_bytes:,} bytes over a storage of {length_bytes:,}")
    if count == 0 and math.prod(side or 1 for side in sides) > _MAX_SIDE:
        refuse("an empty tensor has sides that no honest tensor has")
    return offset, sides, strides


def _require_no_hooks(requires_grad: Any, hooks: Any) -> None:
    if type(requires_grad) is not bool:
        refuse("requires_grad of a tensor must be a bool")
    if hooks is not None and (not isinstance(hooks, dict) or hooks):
        refuse("a tensor brings hooks along, functions that PyTorch calls")


def _flags(given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Check the last argument: whether the tensor is seen conjugated or negated."""
    if not given or given[0] is None:
        return ()
    flags = given[0]
    if type(flags) is not dict or not set(flags) <= _FLAGS or not all(type(flag) is bool for flag in flags.values()):
        refuse("the metadata of a tensor must say conj and neg, and nothing else")
    return (flags,)


def _empty_hooks() -> Any:
    from collections import OrderedDict

    return OrderedDict()


def tensor(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make a tensor over a storage: `torch._utils._rebuild_tensor_v2`."""
    if not 6 <= len(args) <= 7:
        refuse("torch._utils._rebuild_tensor_v2 must be given six or seven arguments")
    storage = args[0]
    place = _require_inside(storage, _item_bytes(storage), *args[1:4])
    _require_no_hooks(*args[4:6])
    return function(storage, *place, args[4], _empty_hooks(), *_flags(args[6:]))


def tensor_without_hooks(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make a tensor over a storage, as before version 0.4: `torch._utils._rebuild_tensor`."""
    if len(args) != 4:
        refuse("torch._utils._rebuild_tensor must be given four arguments")
    return function(args[0], *_require_inside(args[0], _item_bytes(args[0]), *args[1:4]))


def tensor_of_dtype(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make a tensor of a dtype that has no class of storages: `torch._utils._rebuild_tensor_v3`."""
    import torch

    if not 7 <= len(args) <= 8 or not isinstance(args[6], torch.dtype):
        refuse("torch._utils._rebuild_tensor_v3 must be given seven or eight arguments, with a dtype")
    storage = args[0]
    place = _require_inside(storage, args[6].itemsize, *args[1:4])
    _require_no_hooks(*args[4:6])
    return function(storage, *place, args[4], _empty_hooks(), args[6], *_flags(args[7:]))


def _item_bytes(storage: Any) -> int:
    import torch

    if type(storage) is not torch.storage.TypedStorage:
        refuse(f"{kind_of(storage)} stands where a storage of PyTorch is needed")
    return int(storage.dtype.itemsize)


def parameter(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make a parameter of a tensor: `torch._utils._rebuild_parameter`."""
    import torch

    if len(args) != 3 or type(args[0]) is not torch.Tensor:
        refuse("torch._utils._rebuild_parameter must be given a tensor")
    _require_no_hooks(*args[1:])
    return function(args[0], args[1], _empty_hooks())


def layout(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Look up a layout of tensors by its name: `torch.serialization._get_layout`."""
    import torch

    if len(args) != 1 or type(args[0]) is not str or args[0] not in _LAYOUTS:
        refuse("torch.serialization._get_layout must be given the name of a layout")
    return getattr(torch, args[0].removeprefix("torch."))


_DEVICE: Final = re.compile(r"[a-z]{1,20}(:[0-9]{1,4})?")


def device(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Name a device."""
    if not 1 <= len(args) <= 2 or type(args[0]) is not str or not _DEVICE.fullmatch(args[0]):
        refuse("torch.device must be given the name of a device")
    if len(args) == 2 and (type(args[1]) is not int or not 0 <= args[1] < 10_000):
        refuse("torch.device must be given a number")
    return function(*args)


def size(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make a `torch.Size` of sizes."""
    if len(args) != 1:
        refuse("torch.Size must be given one tuple")
    return function(_sides(args[0], "size"))


def sparse(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Make a sparse tensor whose indices were checked: `torch._utils._rebuild_sparse_tensor`."""
    import torch

    if len(args) != 2 or type(args[1]) is not tuple or not 3 <= len(args[1]) <= 4:
        refuse("torch._utils._rebuild_sparse_tensor must be given a layout and its parts")
    kind, parts = args
    if kind == torch.sparse_coo:
        _require_tensors(parts[:2])
        sides = _sides(parts[2], "size")
        # Whether the indices are in order is nothing to believe, so it is not passed on.
        return torch.sparse_coo_tensor(parts[0], parts[1], sides, check_invariants=True)
    if not isinstance(kind, torch.layout) or kind == torch.strided or len(parts) != 4:
        refuse("torch._utils._rebuild_sparse_tensor must be given a sparse layout")
    _require_tensors(parts[:3])
    sides = _sides(parts[3], "size")
    return torch.sparse_compressed_tensor(*parts[:3], sides, layout=kind, check_invariants=True)


def _require_tensors(parts: tuple[Any, ...]) -> None:
    import torch

    if not all(type(part) is torch.Tensor for part in parts):
        refuse("a sparse tensor must be made of tensors")
