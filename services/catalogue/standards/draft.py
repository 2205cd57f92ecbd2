"""A place while it is being checked: the values found so far, and what was remarked on the way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.catalogue.standards.damage import SPOILT, ZERO, spoilt, with_its_zero
from services.catalogue.standards.place import LISTS
from services.catalogue.standards.record import Remark, Severity
from services.catalogue.standards.values import Finding, Value, clean, dropped, mended, reader_of

LONGEST: Mapping[str, int] = {
    "nom": 150,
    "commune": 80,
    "horaires": 500,
    "presentation_resume": 5_000,  # what is over is cut there, and stays whole as the description
    "presentation_detail": 5_000,
    "site_web": 500,
    "fiche_acces_libre": 500,
    "prise_rdv": 500,
}
LONG = 200  # characters, of all other values
MOST_WORDS = 50  # of one list
CUT = frozenset(("nom", "adresse", "complement_adresse", "presentation_resume", "presentation_detail", "source"))
"""Texts that say something without their end."""


@dataclass
class Draft:
    line: int
    values: dict[str, Value | tuple[Value, ...]] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    def remark(self, name: str, value: str, severity: Severity, sentence: str) -> None:
        self.remarks.append(Remark(self.line, name, value, severity, sentence))

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def read(self, name: str, texts: Sequence[str]) -> None:
        """Put every text through the field's reader; twice the same word counts once."""
        if len(texts) > MOST_WORDS:
            sentence = f"Trop de valeurs : les {MOST_WORDS} premières sont reprises."
            self.remark(name, str(len(texts)), "dropped", sentence)
        values = [value for text in texts[:MOST_WORDS] if (value := self._read_one(name, clean(text))) is not None]
        if values:
            self.values[name] = tuple(dict.fromkeys(values)) if name in LISTS else values[0]

    def _read_one(self, name: str, text: str) -> Value:
        if not text:
            return None
        finding = self._found(name, text)
        if finding.severity:
            self.remark(name, text[:LONG], finding.severity, finding.sentence)
        return finding.value

    def _found(self, name: str, text: str) -> Finding:
        longest = LONGEST.get(name, LONG)
        if spoilt(name, text):
            return dropped(SPOILT)
        if (whole := with_its_zero(name, text)) != text:
            return mended(whole, ZERO)
        if len(text) <= longest:
            return reader_of(name)(text)
        if name not in CUT:
            return dropped(f"Cette valeur est trop longue, {longest} caractères au plus : elle n'est pas reprise.")
        return mended(
            reader_of(name)(text[: longest - 1].rstrip() + "…").value, f"Le texte est coupé à {longest} caractères."
        )

    def mend(self, name: str, value: str, sentence: str) -> None:
        if (old := self.text(name)) != value:
            self.values[name] = value
            self.remark(name, old, "mended", sentence)

    def drop(self, names: Iterable[str], sentence: str) -> None:
        for name in names:
            if (old := self.values.pop(name, None)) is not None:
                self.remark(name, str(old), "dropped", sentence)
