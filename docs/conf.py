"""How Sphinx builds the documentation: `make docs`."""

from __future__ import annotations

from importlib.metadata import version as version_of

project = "onggi"
author = "the onggi authors"
version = release = version_of("onggi")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = f"onggi {version}"
myst_heading_anchors = 3
# Pages link to each other by file name, which also works where the folder is read as it is; not all stand in a toctree.
suppress_warnings = ["toc.not_included"]
