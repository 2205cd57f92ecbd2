"""Where the documents point to: files, headings and names in the code, and which of them are not there."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from deploy.local.servers import ROOT

LINK = re.compile(r"\]\(([^)\s]+)\)")
CITED = re.compile(r"`((?:services|chassis|county|contracts|deploy|docs|tests)/[\w./-]*[\w/])`")
EXAMPLE = "NNNN"
"""In the name of a file that its reader is about to write."""


def documents() -> list[Path]:
    """Return the documents that people wrote or read: those at the root, those of `docs`, and each README."""
    return sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")})


def broken(document: Path, text: str) -> Iterator[str]:
    """Yield each link of a document to a file, heading or name that does not exist, and each path it cites."""
    wrong = [link for link in LINK.findall(text) if "://" not in link and not leads(document, text, link)]
    cited = [path for path in CITED.findall(text) if EXAMPLE not in path and not (ROOT / path).exists()]
    yield from (f"{document.relative_to(ROOT)}: {place} is not there" for place in wrong + cited)


def leads(document: Path, text: str, link: str) -> bool:
    """Return whether a link of this document, `path`, `path#name` or `#name`, leads to something."""
    target, _, name = link.partition("#")
    if not target:
        return name in headings(text)
    path = (document.parent / target).resolve()
    return path.exists() and (not name or name in names(path))


def names(path: Path) -> set[str]:
    """Return what may stand behind `#`: in Markdown a heading's anchor, in Python a name, or `Class.name`."""
    match path.suffix:
        case ".md":
            return headings(path.read_text(encoding="utf-8"))
        case ".py":
            return symbols(path)
        case _:
            return set()


def headings(text: str) -> set[str]:
    """Return the anchors that are made of headings: small letters, digits and hyphens, as the forges make them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@cache
def symbols(path: Path) -> set[str]:
    """Return the functions, classes and constants that a module defines, and the members of its classes."""
    return {*defined(ast.parse(path.read_text(encoding="utf-8")).body, "")}


def defined(body: list[ast.stmt], prefix: str) -> Iterator[str]:
    """Yield the names that these statements define, those of a class with its name before them."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield prefix + name
            case ast.ClassDef(name=name):
                yield prefix + name
                yield from defined(node.body, f"{prefix}{name}.")
            case ast.Assign():
                names = (leaf for target in node.targets for leaf in ast.walk(target))
                yield from (prefix + leaf.id for leaf in names if isinstance(leaf, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield prefix + name
            case _:
                pass
