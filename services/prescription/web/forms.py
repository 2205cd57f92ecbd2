"""A form that is refused comes back as it was filled, with what is wrong beside each field."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from chassis.web.problems import phrase
from services.prescription import wording

M = TypeVar("M", bound=BaseModel)

SEVERAL = {"audiences", "support_needs", "roles", "centre_ids"}


@dataclass(frozen=True)
class Typed:
    """What stands in the fields, and the faults by field."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str, otherwise: str = "") -> str:
        return self.values[name][-1] if self.values.get(name) else otherwise

    def all_values(self, name: str) -> Sequence[str]:
        return self.values.get(name, ())

    def fault(self, name: str) -> str:
        return self.faults.get(name, "")

    def filled(self, name: str, *texts: str) -> "Typed":
        """Gives the same with that in a field."""
        return replace(self, values={**self.values, name: texts})

    def read(self, kind: type[M]) -> "M | Typed":
        """Reads the form, or gives it back with its faults. A field left empty was not filled."""
        filled = {name: texts for name, texts in self.values.items() if any(text.strip() for text in texts)}
        given = {name: texts if name in SEVERAL else texts[-1] for name, texts in filled.items()}
        try:
            return kind.model_validate(given)
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False)
            return replace(self, faults={str(fault["loc"][0]): phrase({**fault}) for fault in faults} | {**self.faults})


async def typed(request: Request) -> Typed:
    form = await request.form()
    return Typed({name: [str(value) for value in form.getlist(name)] for name in form})


Form = Annotated[Typed, Depends(typed)]


class Labelled(APIRoute):
    """A refused form names its fields as the page does."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def labelled(request: Request) -> Response:
            try:
                return await answer(request)
            except RequestValidationError as error:
                raise RequestValidationError([in_french(fault) for fault in error.errors()]) from error

        return labelled


def in_french(fault: Mapping[str, Any]) -> Mapping[str, Any]:
    """Gives the same, with the French name of the field."""
    where, *names = fault["loc"]
    return {**fault, "loc": (where, *(wording.FIELDS.get(str(name), name) for name in names))}


def labelled_router() -> APIRouter:
    """Makes a router for the pages of one subject."""
    return APIRouter(route_class=Labelled)
