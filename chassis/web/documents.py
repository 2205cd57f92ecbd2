"""The OpenAPI document: the refusals that the frame may answer with are said once, for all routes."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

MEDIA_TYPE = "application/problem+json"
REFERENCE = {"$ref": "#/components/schemas/Problem"}
MEANT = {
    400: "La demande est illisible.",
    401: "Il faut se connecter, ou signer.",
    403: "Ce compte ne permet pas cette action.",
    404: "Cela n'existe pas, ou n'existe plus.",
    405: "Cette adresse ne permet pas cette action.",
    409: "Une règle dit non : `detail` dit laquelle, et que faire.",
    413: "La demande est trop lourde.",
    422: "Une information manque, ou n'est pas comprise.",
    429: "Trop de demandes en peu de temps : réessayez après le délai de l'en-tête `Retry-After`.",
    503: "Le service est momentanément indisponible : réessayez après le délai de l'en-tête `Retry-After`.",
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": meaning, "content": {MEDIA_TYPE: {"schema": REFERENCE}}}
    for status, meaning in MEANT.items()
}


class Problem(BaseModel):
    """Why not (RFC 9457). `detail` is for a person to read; `correlation` is the code to give when asking for help."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    correlation: str


class Documented(FastAPI):
    """With the schema of a refusal beside those of the routes."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        return document
