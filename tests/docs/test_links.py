"""The links between the pages lead somewhere, and every page is reached from the first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, anchors, links, name_of

_TOP = [ROOT / name for name in ("CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md")]


def _local(page: Path) -> list[tuple[str, Path, str]]:
    """Return target, file and fragment of each link that does not leave the repository."""
    found = []
    for target in links(page):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, fragment = target.partition("#")
        found.append((target, (page.parent / name).resolve() if name else page, fragment))
    return found


@pytest.mark.parametrize("page", [*PAGES, *_TOP], ids=name_of)
def test_the_links_of_a_page_resolve(page: Path) -> None:
    """The file exists, and has the heading that the fragment names."""
    for target, file, fragment in _local(page):
        assert file.exists(), f"{name_of(page)}: {target}"
        assert not fragment or fragment in anchors(file), f"{name_of(page)}: {target}"


def test_every_page_is_reached_from_the_index() -> None:
    """Links lead from docs/index.md to all pages of the folder."""
    reached: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        waiting += [file for _, file, _ in _local(page) if file.suffix == ".md" and file.is_file()]
    assert {page for page in PAGES if page.is_relative_to(DOCS)} <= reached


def test_the_readme_leads_to_the_documentation() -> None:
    """Both languages."""
    for name in ("README.md", "README.ko.md"):
        assert DOCS / "index.md" in {file for _, file, _ in _local(ROOT / name)}
