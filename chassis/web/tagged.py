"""An answer with its fingerprint (ETag), so that asking again costs nothing where nothing changed; a file to save."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from chassis.spreadsheets import MEDIA_TYPE

NONE: Mapping[str, str] = MappingProxyType({})


def tagged(
    request: Request, body: bytes, media_type: str, *, cache: str = "public", headers: Mapping[str, str] = NONE
) -> Response:
    """Answer 304 when the asker has this already.

    `cache`: «public», or «private» for what is for one person's program.
    """
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    all_headers = {**headers, "ETag": tag, "Cache-Control": f"{cache}, max-age=0, must-revalidate"}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=all_headers)
    return Response(body, headers=all_headers, media_type=media_type)


def attachment(table: str, name: str) -> Response:
    """Send a table to be saved as `name`, letters and digits without accents."""
    return Response(table, headers={"Content-Disposition": f'attachment; filename="{name}"'}, media_type=MEDIA_TYPE)
