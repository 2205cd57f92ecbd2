"""What is printed: a Typst template and what it is told become a tagged PDF/UA-1, readable aloud; fonts are inside.

A template begins with `#let values = json(bytes(sys.inputs.values))`.
"""

import asyncio
import io
import json
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import segno
import typst

from chassis.plain import latin

UNSHOWN = re.compile("[^\x20-\u024f\u0300-\u03ff\u0400-\u04ff\u05d0-\u05ea\u1e00-\u1eff\u2010-\u205e\u20ac]+")


async def pdf(template: Path, values: Mapping[str, Any]) -> bytes:
    """Do it beside the event loop, which Typst leaves free: about 20 ms a page."""
    return await asyncio.to_thread(pdf_now, template, values)


def pdf_now(template: Path, values: Mapping[str, Any]) -> bytes:
    """Take `told`, which must be JSON, as it is: a text is never read as Typst's own language.

    What no font inside can show is in plain letters, or a question mark: a tagged PDF with one such character is
    refused as a whole.
    """
    inputs = {"values": UNSHOWN.sub(displayable, json.dumps(values, ensure_ascii=False))}
    made: bytes = typst.compile(str(template), format="pdf", sys_inputs=inputs, pdf_standards=["ua-1"])
    return made


def displayable(matched: re.Match[str]) -> str:
    """Write wide digits as the usual ones, letters that no font has in plain ones."""
    usual = unicodedata.normalize("NFKC", matched[0])
    if UNSHOWN.search(usual):
        usual = "".join(map(latin, usual)).strip() or "?"
    return json.dumps(usual, ensure_ascii=False)[1:-1]


def qr(text: str) -> str:
    """Return a QR code as SVG, which still reads when a quarter of it is worn off."""
    drawn = io.BytesIO()
    segno.make(text, error="q", micro=False).save(drawn, kind="svg", xmldecl=False, border=0)
    return drawn.getvalue().decode()
