"""What is printed: a Typst template and what it is told become a tagged PDF/UA-1, readable aloud; fonts are inside.

A template begins with `#let told = json(bytes(sys.inputs.told))`.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import segno
import typst


def pdf(template: Path, told: Mapping[str, Any]) -> bytes:
    """About 20 ms a page. `told` must be JSON; a text is shown as it is, never read as Typst's own language."""
    inputs = {"told": json.dumps(told)}
    made: bytes = typst.compile(str(template), format="pdf", sys_inputs=inputs, pdf_standards=["ua-1"])
    return made


def qr(text: str) -> str:
    """A QR code as SVG, which still reads when a quarter of it is worn off."""
    drawn = io.BytesIO()
    segno.make(text, error="q", micro=False).save(drawn, kind="svg", xmldecl=False, border=0)
    return drawn.getvalue().decode()
