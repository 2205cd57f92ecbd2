"""A place while it is being checked: the values found so far, and what was remarked on the way."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.catalogue.standards.place import LISTS
from services.catalogue.standards.record import Remark, Severity
from services.catalogue.standards.values import Value, clean, reader_of


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

    def read(self, name: str, texts: Iterable[str]) -> None:
        """Every text through the field's reader; twice the same word counts once."""
        found = [value for text in texts if (value := self._read_one(name, clean(text))) is not None]
        if found:
            self.values[name] = tuple(dict.fromkeys(found)) if name in LISTS else found[0]

    def _read_one(self, name: str, text: str) -> Value:
        if not text:
            return None
        finding = reader_of(name)(text)
        if finding.severity:
            self.remark(name, text, finding.severity, finding.sentence)
        return finding.value

    def mend(self, name: str, value: str, sentence: str) -> None:
        if (old := self.text(name)) != value:
            self.values[name] = value
            self.remark(name, old, "mended", sentence)

    def drop(self, names: Iterable[str], sentence: str) -> None:
        for name in names:
            if (old := self.values.pop(name, None)) is not None:
                self.remark(name, str(old), "dropped", sentence)
