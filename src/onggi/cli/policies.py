"""The option `--policy FILE`: the command searches for no policy, it is named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from onggi.proof.policy import Policy

__all__ = ["policy_option", "read_option"]

policy_option = click.option(
    "--policy",
    "policy_file",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    default=None,
    help="A policy that you trust: an onggi.toml, or a pyproject.toml.",
)


def read_option(policy_file: str | None) -> Policy | None:
    """Read the policy that `--policy` names; nothing is searched for."""
    if policy_file is None:
        return None
    from onggi.api.projects import read_policy_text

    return read_policy_text(Path(policy_file)).policy
