"""From bytes to text: what is not a text in UTF-8 is called by its name, with what to do about it."""

from services.catalogue.standards.damage import encoded_twice
from services.catalogue.standards.record import NotThisStandard

LARGEST = 64 * 2**20  # bytes: the places of a whole country
SAVE_AS = "Ouvrez-le, choisissez «Enregistrer sous», «CSV UTF-8», puis recommencez avec ce nouveau fichier."
SIGNATURES = (
    (b"\xd0\xcf\x11\xe0", f"Ce fichier est un ancien classeur Excel (.xls). {SAVE_AS}"),
    (b"\x1f\x8b", "Ce fichier est compressé (.gz) : décompressez-le d'abord."),
    (b"7z\xbc\xaf", "Ce fichier est compressé (.7z) : décompressez-le d'abord."),
    (b"%PDF", "Ce fichier est un PDF : demandez le fichier d'origine, en CSV ou en JSON."),
)
ZIP = b"PK\x03\x04"
HEAD = 4096  # bytes of an archive in which its kind is written
WIDE = (b"\xff\xfe", b"\xfe\xff")
NOT_UTF_8 = "Ce fichier n'est pas en UTF-8 : enregistrez-le à nouveau en «CSV UTF-8», puis recommencez."
TWICE = (
    "Les accents de ce fichier ont été convertis deux fois («Ã©» au lieu de «é») : reprenez le fichier d'origine, "
    "ouvrez-le dans le tableur en disant qu'il est en UTF-8, puis enregistrez-le en «CSV UTF-8»."
)
PAGE = "Ce fichier est une page web, pas une liste de lieux : téléchargez le fichier lui-même, pas sa page."


def text_of(content: bytes) -> str:
    """Decode UTF-8, with or without its mark. Raises NotThisStandard with what to do."""
    if len(content) > LARGEST:
        raise NotThisStandard(f"Ce fichier est trop lourd : {LARGEST // 2**20} Mo au plus. Coupez-le en plusieurs.")
    if reason := _other_kind(content):
        raise NotThisStandard(reason)
    try:
        text = content.decode("utf-8-sig").strip("\r\n ")  # a tab at the end is an empty column
    except UnicodeDecodeError as error:
        raise NotThisStandard(NOT_UTF_8) from error
    if reason := _no_list(text):
        raise NotThisStandard(reason)
    return text


def _other_kind(content: bytes) -> str:
    if content.startswith(ZIP):
        return _archive(content[:HEAD])
    if named := next((sentence for sign, sentence in SIGNATURES if content.startswith(sign)), ""):
        return named
    wide = content.startswith(WIDE) or b"\0" in content[:HEAD]
    return f"Ce fichier est en UTF-16 («Texte Unicode»). {SAVE_AS}" if wide else ""


def _archive(head: bytes) -> str:
    if b"opendocument.spreadsheet" in head:
        return f"Ce fichier est un classeur LibreOffice (.ods). {SAVE_AS}"
    if b"[Content_Types].xml" in head or b"xl/" in head:
        return f"Ce fichier est un classeur Excel (.xlsx). {SAVE_AS}"
    return "Ce fichier est une archive (.zip) : décompressez-la, puis choisissez le fichier qui est dedans."


def _no_list(text: str) -> str:
    if not text:
        return "Ce fichier est vide."
    if text[:100].lower().startswith(("<!doctype", "<html", "<?xml")):
        return PAGE
    return TWICE if encoded_twice(text) else ""
