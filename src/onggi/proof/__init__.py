"""The proof-reader: says all that a pickle would do before a single object exists, and judges it. No I/O."""

from onggi.proof.limits import DEFAULT_LIMITS, UNLIMITED, Limits
from onggi.proof.policy import DEFAULT_POLICY, TRUST_ALL, Policy
from onggi.proof.reader import Proof, Reader, read
from onggi.proof.report import Finding, GlobalReport, Report, Severity, Tier, Verdict
from onggi.proof.rules import Rule, Unsafe, Use

__all__ = [
    "DEFAULT_LIMITS",
    "DEFAULT_POLICY",
    "TRUST_ALL",
    "UNLIMITED",
    "Finding",
    "GlobalReport",
    "Limits",
    "Policy",
    "Proof",
    "Reader",
    "Report",
    "Rule",
    "Severity",
    "Tier",
    "Unsafe",
    "Use",
    "Verdict",
    "read",
]
