"""Hooks of `make docs`: the README becomes the home page, and each module gets an API page."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = {"academichub": REPOSITORY / "hub" / "src", "nextlat": REPOSITORY / "nextlat" / "src"}
LINK = re.compile(r"\]\((?![a-z]+:|#|/)([^)#\s]+)(#[^)\s]*)?\)")
"""A Markdown link or image to another file: its path, then perhaps an anchor."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the home page and the pages of the API reference."""
    home = (REPOSITORY / "README.md").read_text("utf-8")
    files.append(File.generated(config, "index.md", content=_rewrite_links(home, "", config)))
    for package, root in PACKAGES.items():
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            if parts[-1] == "__main__" or not (path.parent / "__init__.py").exists():
                continue  # scripts, such as those of the migrations
            is_package = parts[-1] == "__init__"
            module = ".".join(parts[:-1] if is_package else parts)
            page = "/".join(("reference", *parts[:-1], "index" if is_package else parts[-1]))
            content = f"# {module}\n\n::: {module}\n"
            files.append(File.generated(config, f"{page}.md", content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links that leave docs/ to the repository."""
    if page.file.generated_by is not None:
        return markdown
    return _rewrite_links(
        markdown, posixpath.join("docs", posixpath.dirname(page.file.src_uri)), config
    )


def _rewrite_links(markdown: str, folder: str, config: MkDocsConfig) -> str:
    """Return a page with its relative links rewritten.

    Args:
        markdown: The page.
        folder: Where the page lies, relative to the repository.
        config: Names the address of the repository.
    """

    def rewrite(match: re.Match[str]) -> str:
        target, anchor = match.group(1), match.group(2) or ""
        path = posixpath.normpath(posixpath.join(folder, target))
        if (REPOSITORY / path).is_dir() and (REPOSITORY / path / "README.md").exists():
            path = posixpath.join(path, "README.md")
        if path.startswith("docs/"):
            start = "docs" if folder == "" else folder
            return f"]({posixpath.relpath(path, start)}{anchor})"
        return f"]({config.repo_url}/blob/main/{path}{anchor})"

    return LINK.sub(rewrite, markdown)
