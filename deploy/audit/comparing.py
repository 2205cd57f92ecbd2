"""What several sources state of the same things, laid side by side: each difference is named, by ids alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

Value = tuple[object, ...]
"""As many places as there are fields; None where a source does not know that field."""

Statements = Mapping[UUID, Value]


@dataclass(frozen=True)
class Check:
    """`size` is how many things were looked at; each difference is a sentence."""

    name: str
    size: int
    differences: Sequence[str]


@dataclass(frozen=True)
class Comparison:
    """`thing` is what the ids name. `owner` is the source whose `version` no other may be ahead of."""

    name: str
    thing: str
    fields: tuple[str, ...]
    sources: Mapping[str, Statements]
    owner: str = ""
    ids: frozenset[UUID] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", frozenset(id_ for known in self.sources.values() for id_ in known))

    def check(self) -> Check:
        return Check(self.name, len(self.ids), [*self._differences()])

    def _differences(self) -> Iterator[str]:
        for id_ in sorted(self.ids):
            values = {source: known.get(id_) for source, known in self.sources.items()}
            if faults := [*self._faults(values)]:
                yield f"{self.thing} {id_} : {' ; '.join(faults)}"

    def _faults(self, values: Mapping[str, Value | None]) -> Iterator[str]:
        if absent := [source for source, value in values.items() if value is None]:
            yield f"absent de {', '.join(absent)}"
        for place, name in enumerate(self.fields):
            stated = {source: value[place] for source, value in values.items() if value and value[place] is not None}
            if len({*stated.values()}) > 1:
                yield f"{name} " + ", ".join(f"{source}={value}" for source, value in stated.items())

    def ahead(self) -> Iterator[str]:
        """Replicas that know more than their owner: one of the two was put back to an earlier moment."""
        for id_, owned in sorted(self.sources.get(self.owner, {}).items()):
            for source, known in self.sources.items():
                version, newest = known.get(id_, (None,))[0], owned[0]
                if isinstance(version, int) and isinstance(newest, int) and version > newest:
                    yield f"{self.thing} {id_} : {source} a la version {version}, {self.owner} n'a que la {newest}"


def replicas_ahead(comparisons: Sequence[Comparison]) -> Check:
    owned = [comparison for comparison in comparisons if comparison.owner]
    differences = [difference for comparison in owned for difference in comparison.ahead()]
    return Check("répliques en avance", sum(len(comparison.ids) for comparison in owned), differences)
