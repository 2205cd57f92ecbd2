import io
from pathlib import Path

from chassis import printed


def test_a_printed_page_is_a_tagged_pdf_and_text_is_never_read_as_a_command(tmp_path: Path) -> None:
    template = tmp_path / "page.typ"
    template.write_text(
        '#let values = json(bytes(sys.inputs.values))\n#set document(title: "Essai")\n#set text(lang: "fr")\n'
        '= #values.name\n#image(bytes(values.qr), format: "svg", width: 2cm, alt: "Code QR")\n'
    )
    made = printed.pdf_now(template, {"name": '#panic("œuvre") $x$ *gras*', "qr": printed.qr("CODE")})
    assert made.startswith(b"%PDF-1.")
    assert b"/StructTreeRoot" in made
    assert b"pdfuaid" in made
    assert len(io.BytesIO(made).read()) > 2000
