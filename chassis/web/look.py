"""What a browser loads besides the pages, from our own origin: the style sheet, drawings, letters, whose site it is."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.refusal import NotFound
from chassis.web.access import anybody, shared

KINDS = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2"}
OF_THIS_VERSION = "public, max-age=31536000, immutable"
OF_ANOTHER = "no-store"


@dataclass(frozen=True)
class Brand:
    """Whose site it is: their name, and their mark (SVG or PNG) in place of ours.

    `letters` is the folder that has what `letters.css` loads; without it no page loads that sheet.
    """

    owner: str = ""
    logo: Path | None = None
    letters: Path | None = None


@dataclass(frozen=True)
class Look:
    """Files by name; `mark` is the one beside our name, and `owner` stands under it."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    mark: str = ""
    owner: str = ""
    letters: bool = False

    @cached_property
    def version(self) -> str:
        """Return a digest of all that is in it: the address of each file changes with it."""
        digest = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            digest.update(f"{name} {len(content)}\n".encode() + content)
        return digest.hexdigest()[:12]

    def address(self, name: str) -> str:
        return f"/static/{self.version}/{name}"


@cache
def look(folder: Path | None, mark: str, brand: Brand) -> Look:
    """Read what the pages load; `mark` is used where the brand has none. Raises ValueError for another kind of logo."""
    folders = [each for each in (folder, brand.letters) if each]
    paths = [path for each in folders for path in sorted(each.iterdir()) if path.suffix in KINDS]
    files = {path.name: path.read_bytes() for path in paths}
    if brand.logo:
        if brand.logo.suffix not in (".svg", ".png"):
            raise ValueError(f"{brand.logo} : le logo est un fichier .svg ou .png")
        mark = f"logo{brand.logo.suffix}"
        files[mark] = brand.logo.read_bytes()
    return Look(files, mark if mark in files else "", brand.owner, letters=brand.letters is not None)


def served(look: Look) -> APIRouter:
    """Serve the files to everybody.

    A page of another version may ask in the middle of an upgrade: it gets today's file, and no cache remembers it.
    """
    router = APIRouter(dependencies=[Depends(anybody)], include_in_schema=False)

    @router.get("/static/{version}/{name}", dependencies=[shared("la présentation des pages")])
    async def file(version: str, name: str) -> Response:
        if name not in look.files:
            raise NotFound("Ce fichier n'existe pas.")
        lasts = OF_THIS_VERSION if version == look.version else OF_ANOTHER
        return Response(look.files[name], headers={"Cache-Control": lasts}, media_type=KINDS[Path(name).suffix])

    return router
