"""PyTorch: tensors, parameters and what state dicts hold. Storages come from the file itself, by persistent ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from onggi.proof.rules import Rule, Use, called, value

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = (
    ("torch.tensor._rebuild_from_type_v2", "torch._tensor._rebuild_from_type_v2"),
)

_STORAGES: Final = (
    "BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage DoubleStorage "
    "FloatStorage HalfStorage IntStorage LongStorage ShortStorage UntypedStorage"
)
_DTYPES: Final = (
    "bfloat16 bool complex128 complex32 complex64 float16 float32 float64 float8_e4m3fn float8_e4m3fnuz float8_e5m2 "
    "float8_e5m2fnuz float8_e8m0fnu int16 int32 int64 int8 uint16 uint32 uint64 uint8"
)
_WHY_STORAGE: Final = "only names the type of the elements of a storage"
_WHY_DTYPE: Final = "a dtype"
_WHY_TENSOR: Final = "offset, size and stride must lie inside of the storage; hooks are refused"

ROWS: Final[Mapping[str, Rule]] = {
    **{f"torch.{name}": value(_WHY_STORAGE) for name in _STORAGES.split()},
    "torch.storage.UntypedStorage": value(_WHY_STORAGE),
    **{f"torch.{name}": value(_WHY_DTYPE) for name in _DTYPES.split()},
    "torch.Tensor": value("a class"),
    "torch.nn.parameter.Parameter": value("a class"),
    "torch._utils._rebuild_tensor": called(_WHY_TENSOR, "torch:tensor_without_hooks", returns="torch.Tensor"),
    "torch._utils._rebuild_tensor_v2": called(_WHY_TENSOR, "torch:tensor", returns="torch.Tensor"),
    "torch._utils._rebuild_tensor_v3": called(_WHY_TENSOR, "torch:tensor_of_dtype", returns="torch.Tensor"),
    "torch._utils._rebuild_parameter": called(
        "a parameter of a tensor; hooks are refused", "torch:parameter", returns="torch.Tensor"
    ),
    "torch._utils._rebuild_sparse_tensor": called(
        "PyTorch checks that all indices lie inside", "torch:sparse", returns="torch.Tensor"
    ),
    "torch.serialization._get_layout": called("looks up a layout by its name", "torch:layout"),
    "torch.storage._load_from_bytes": called(
        "the one form that Storage.__reduce__ writes is read without unpickling; anything else is refused",
        "torch:load_from_bytes",
        returns="torch.Tensor",
    ),
    "torch.Size": called("a tuple of sizes", "torch:size", more=Use.VALUE),
    "torch.device": called("names a device", "torch:device", more=Use.VALUE),
}
