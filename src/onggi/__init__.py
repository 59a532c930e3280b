"""onggi saves, loads and shares Python objects: as easy as pickle, and safe with strangers' data.

    >>> import onggi
    >>> data = onggi.dumps({"answer": 42})
    >>> onggi.loads(data)
    {'answer': 42}

Every file that it writes is one ordinary pickle.
"""

from __future__ import annotations

import pickle as _pickle
from importlib import import_module as _import_module
from typing import TYPE_CHECKING, Any

from onggi import errors
from onggi._version import __version__
from onggi.api.loading import iter_load, load, loads
from onggi.api.picklers import Pickler, Unpickler
from onggi.api.policies import allow, read_policy
from onggi.api.saving import dump, dumps
from onggi.api.verifying import Verified, verify
from onggi.errors import OnggiError
from onggi.inspect import inspect
from onggi.proof import Finding, GlobalReport, Limits, Policy, Report, Rule, Severity, Tier, Unsafe, Use, Verdict
from onggi.trust.sealing import SealState

if TYPE_CHECKING:
    from onggi.api import keys
    from onggi.api.signing import sign
    from onggi.inspect.scanning import ScanFinding, ScanReport, ScanVerdict, scan
    from onggi.trust.signatures import Signature, Signed, Trust
    from onggi.trust.signers import Signer

HIGHEST_PROTOCOL = _pickle.HIGHEST_PROTOCOL
DEFAULT_PROTOCOL = _pickle.HIGHEST_PROTOCOL
PickleBuffer = _pickle.PickleBuffer
PickleError = _pickle.PickleError
PicklingError = _pickle.PicklingError
UnpicklingError = _pickle.UnpicklingError

__all__ = [
    "DEFAULT_PROTOCOL",
    "HIGHEST_PROTOCOL",
    "Finding",
    "GlobalReport",
    "Limits",
    "OnggiError",
    "PickleBuffer",
    "PickleError",
    "Pickler",
    "PicklingError",
    "Policy",
    "Report",
    "Rule",
    "ScanFinding",
    "ScanReport",
    "ScanVerdict",
    "SealState",
    "Severity",
    "Signature",
    "Signed",
    "Signer",
    "Tier",
    "Trust",
    "Unpickler",
    "UnpicklingError",
    "Unsafe",
    "Use",
    "Verdict",
    "Verified",
    "__version__",
    "allow",
    "dump",
    "dumps",
    "errors",
    "inspect",
    "iter_load",
    "keys",
    "load",
    "loads",
    "read_policy",
    "scan",
    "sign",
    "verify",
]

# The public path of a class is part of the format: its pickles must survive a move inside the package.
_PUBLIC: tuple[Any, ...] = (
    *(
        Finding,
        GlobalReport,
        Limits,
        Pickler,
        Policy,
        Report,
        Rule,
        SealState,
        Severity,
        Tier,
        Unsafe,
        Unpickler,
        Use,
        Verdict,
        Verified,
        allow,
    ),
    *(dump, dumps, iter_load, load, loads, read_policy, verify),
)
for _public in _PUBLIC:
    _public.__module__ = "onggi"
del _public

# What has to do with signatures and scans is imported when it is first asked for: most programs need neither.
_LATER = {
    "keys": ("onggi.api.keys", ""),
    "sign": ("onggi.api.signing", "sign"),
    "Signature": ("onggi.trust.signatures", "Signature"),
    "Signed": ("onggi.trust.signatures", "Signed"),
    "Signer": ("onggi.trust.signers", "Signer"),
    "Trust": ("onggi.trust.signatures", "Trust"),
    "scan": ("onggi.inspect.scanning", "scan"),
    "ScanFinding": ("onggi.inspect.scanning", "ScanFinding"),
    "ScanReport": ("onggi.inspect.scanning", "ScanReport"),
    "ScanVerdict": ("onggi.inspect.scanning", "ScanVerdict"),
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'onggi' has no attribute {name!r}")
    module_name, attribute = _LATER[name]
    module = _import_module(module_name)
    found = globals()[name] = getattr(module, attribute) if attribute else module
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
