"""A form that is refused comes back as it was filled, with what is wrong beside each field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from chassis.web.problems import phrase

M = TypeVar("M", bound=BaseModel)

SEVERAL = {"audiences", "support_needs"}


@dataclass(frozen=True)
class Typed:
    """What stands in the fields, and the faults by field."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)

    def one(self, name: str, otherwise: str = "") -> str:
        return self.values[name][-1] if self.values.get(name) else otherwise

    def every(self, name: str) -> Sequence[str]:
        return self.values.get(name, ())

    def fault(self, name: str) -> str:
        return self.faults.get(name, "")

    def saying(self, name: str, *texts: str) -> "Typed":
        """With that in a field."""
        return replace(self, values={**self.values, name: texts})

    def read(self, kind: type[M]) -> "M | Typed":
        """The form understood, or the same with its faults. A field left empty was not filled."""
        filled = {name: texts for name, texts in self.values.items() if any(text.strip() for text in texts)}
        given = {name: texts if name in SEVERAL else texts[-1] for name, texts in filled.items()}
        try:
            return kind.model_validate(given)
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False)
            return replace(self, faults={str(one["loc"][0]): phrase({**one}) for one in faults} | {**self.faults})


async def typed(request: Request) -> Typed:
    form = await request.form()
    return Typed({name: [str(value) for value in form.getlist(name)] for name in form})


Form = Annotated[Typed, Depends(typed)]
