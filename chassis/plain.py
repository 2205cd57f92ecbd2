"""Text as it is compared: without accents, case or punctuation."""

import re
import unicodedata

LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"})


def plain(text: str) -> str:
    """«Saint-Étienne d'Œil» → «saint etienne d oeil»."""
    bare = unicodedata.normalize("NFKD", text.translate(LIGATURES)).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z0-9]+", bare.lower()))
