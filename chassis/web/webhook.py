"""What another machine sends is read once its signature is right, and not before: JSON as much as forms."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException

from chassis.web import inputs

BAD_REQUEST = 400


def body_after(signed: Callable[..., Awaitable[None]], kind: Any) -> Callable[..., Awaitable[Any]]:  # noqa: ANN401 - a type
    """Make a dependency: the JSON body as `kind`, once the dependency `signed` has let it pass."""
    adapter = TypeAdapter[Any](kind)

    async def dependency(request: Request, _: Annotated[None, Depends(signed)]) -> Any:  # noqa: ANN401 - `kind`
        try:
            given = await request.json()
        except (ValueError, RecursionError) as error:
            raise HTTPException(BAD_REQUEST) from error
        inputs.check_values(given)
        return validated(adapter, given)

    return dependency


def validated(adapter: TypeAdapter[Any], given: object) -> Any:  # noqa: ANN401 - whatever it adapts to
    """Raises RequestValidationError, as the framework does for a body that it reads itself."""
    try:
        return adapter.validate_python(given)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from error


def documented(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of such a body, for the route's `openapi_extra`."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
