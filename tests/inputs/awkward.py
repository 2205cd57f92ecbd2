"""Requests as nobody means them: every value of every route may be what does not belong there, the others are well."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus
from uuid import UUID, uuid4

from fastapi import FastAPI, UploadFile, params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from tests.sites import routes

Known = Mapping[str, Sequence[UUID]]
Schema = Mapping[str, Any]

AWKWARD: Mapping[str, str] = {
    "nothing": "",
    "space": " ",
    "nul": "a\0b",
    "escape": "a\x1b[2Jb",
    "60,000 letters": "a" * 60_000,
    "as long as may be": "a b " * 500,
    "question as long as may be": "a b " * 50,
    "no utf-8": "\udcff",
    "emoji": "👩‍🌾" * 5,
    "right to left": "\u202eabc\u2066עברית",
    "20 digits": "99999999999999999999",
    "-20 digits": "-99999999999999999999",
    "1999 digits": "9" * 1999,
    "negative": "-1",
    "zero": "0",
    "infinite": "1e400",
    "not a number": "nan",
    "superscript": "²",
    "full width": "１９９９-０１-０１",
    "full width year": "19９９-01",
    "year 1": "0001-01-01",
    "year 9999": "9999-12-31",
    "last moment": "9999-12-31T23:59:59-12:00",
    "first moment": "0001-01-01T00:00:00+12:00",
    "no such day": "2026-02-30",
    "no such hour": "2027-03-28T02:30",
    "program": "';--\"<script>{{7*7}}%s%(a)s\\",
    "pattern": "%_\\%%__",
    "lines": "a\r\nSet-Cookie: a=b\r\n\r\nb",
    "list": "[1,2]",
    "nobody": "00000000-0000-0000-0000-000000000000",
}
ODD: Sequence[Any] = (
    None, 10**25, -1, float("inf"), [], {}, [None], {"a": {"b": [1]}}, True, "\ud800", 0.5, [[[]]], "a\0b",
)  # fmt: skip
"""Instead of any value of a JSON document."""
WELL: Mapping[str, str] = {
    "first_name": "Démo Jeanne", "last_name": "Démo Dubois", "birth_date": "1951-03-02", "commune": "26108",
    "commune_insee": "26108", "channel": "sms", "phone": "06 12 34 56 78", "postal_address": "1 rue Haute, Crest",
    "email": "demo@example.org", "semaine": "2026-11-30", "week": "2026-11-30", "to_week": "2026-12-07",
    "starts_at": "2027-01-12T10:00", "until": "2027-02-12", "first_day": "2028-01-01", "last_day": "2028-11-01",
    "code": "MAIL-01", "number": "1", "name": "ovh", "depuis": "2026-01", "left_on": "2028-01-01", "seats": "12",
    "capacity": "8", "nom": "Espace de Crest", "adresse": "1 rue Haute", "code_postal": "26400",
    "secret": "secret-of-tests", "sender": "+33639981234", "text": "STOP", "since": "2026-01-01T00:00:00Z", "q": "mail",
    "level": "débutant",
    "hours": "1", "taille": "a4", **dict.fromkeys((
        "latitude", "longitude", "telephone", "courriels", "site_web", "horaires", "fiche_acces_libre", "code_insee",
        "rooms", "room", "trial", "whole", "presentation_resume", "complement_adresse",
    ), ""),
}  # fmt: skip
PLAIN = "Démo, un texte assez long pour dire quelque chose de vrai à la personne qui le lit un jour."


@dataclass(frozen=True)
class Route:
    """How one is asked: the schemas of its values by their names. `upload`: the field that is a file.

    `alone`: the document is its one value, without its name.
    """

    method: str
    path: str
    in_path: Sequence[str]
    query: Mapping[str, Schema]
    form: Mapping[str, Schema]
    body: Mapping[str, Schema]
    upload: str = ""
    alone: bool = False

    @property
    def values(self) -> list[tuple[str, str]]:
        """Where each is and its name."""
        places = {"path": self.in_path, "query": self.query, "form": self.form, "body": self.body}
        return [(where, name) for where, names in places.items() for name in names]


@dataclass
class Filled:
    """The values of one request."""

    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)

    def change(self, where: str, name: str, value: object) -> None:
        getattr(self, where)[name] = value


def all_routes(app: FastAPI) -> Iterator[Route]:
    for route in routes(app):
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield described(route, method)


def described(route: APIRoute, method: str) -> Route:
    parts = [*flat(route.dependant)]
    bodies = route.dependant.body_params
    uploads = [one.name for one in bodies if one.field_info.annotation is UploadFile]
    whole_form = any(getattr(one.call, "__name__", "") == "typed" for one in parts)
    form = whole_form or any(isinstance(one.field_info, params.Form) for one in bodies)
    values = {name: {} for name in WELL} if whole_form else schemas(bodies)
    return Route(
        method,
        route.path,
        list(dict.fromkeys(one.name for part in parts for one in part.path_params)),
        schemas([one for part in parts for one in part.query_params]),
        values if form else {},
        {} if form else values,
        "".join(uploads),
        [*values] == [one.name for one in bodies],
    )


def flat(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for one in dependant.dependencies:
        yield from flat(one)


def schemas(values: Sequence[Any]) -> dict[str, Schema]:
    """A model that stands for all of them is taken apart."""
    found: dict[str, Schema] = {}
    for one in values:
        kind = one.field_info.annotation
        schema = {} if kind is UploadFile else TypeAdapter(kind).json_schema()
        shared = {"$defs": schema.get("$defs", {})}
        inside = schema.get("properties")
        found |= {name: {**of, **shared} for name, of in inside.items()} if inside else {one.name: schema}
    return found


def filled(route: Route, known: Known) -> Filled:
    ids = {name: {"format": "uuid"} if name.endswith("_id") and name != "parked_id" else {} for name in route.in_path}
    places = (ids, route.query, route.form, route.body)
    return Filled(*[{name: well(name, schema, known) for name, schema in of.items()} for of in places])


def well(name: str, schema: Schema, known: Known) -> Any:
    """What belongs there, more or less."""
    schema = meant(schema)
    inside = {"$defs": schema.get("$defs", {})}
    match schema.get("type"):
        case "array":
            return [well(name.removesuffix("s"), {**schema.get("items", {}), **inside}, known)]
        case "object" if "properties" in schema:
            return {inner: well(inner, {**of, **inside}, known) for inner, of in schema["properties"].items()}
        case _:
            return simple(name, schema, known)


def meant(schema: Schema) -> Schema:
    """Of what may be nothing, what it is else; of what stands elsewhere, that."""
    shared = {"$defs": schema.get("$defs", {})}
    if "$ref" in schema:
        return meant({**shared["$defs"][schema["$ref"].rsplit("/", 1)[1]], **shared})
    others = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return meant({**others[0], **shared}) if others else schema


def simple(name: str, schema: Schema, known: Known) -> Any:
    if "enum" in schema or "const" in schema:
        return schema.get("enum", [schema.get("const")])[0]
    if schema.get("format") == "uuid":
        return str(next(iter(known.get(name, ())), uuid4()))
    match schema.get("type"):
        case "boolean":
            return True
        case "integer":
            return int(WELL.get(name, "1"))
        case _:
            return WELL.get(name, PLAIN[: schema.get("maxLength", len(PLAIN))])


def address(route: Route, given: Filled) -> str:
    path = route.path
    for name, value in given.path.items():
        path = path.replace("{" + name + "}", quote(str(value), safe="", errors="surrogateescape"))
    return f"{path}?{encoded(given.query)}"


def encoded(values: Mapping[str, Any]) -> str:
    """As a browser encodes a form; of a list, one pair each."""
    pairs = [(name, one) for name, value in values.items() for one in (value if isinstance(value, list) else [value])]
    return "&".join(f"{quote_plus(name)}={quote_plus(str(one), errors='surrogateescape')}" for name, one in pairs)


def multipart(values: Mapping[str, Any], as_file: str) -> bytes:
    """One field as a file, whether or not a file is wanted there."""
    parts = []
    for name, value in values.items():
        file = '; filename="f.csv"\r\nContent-Type: text/csv' if name == as_file else ""
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        parts.append(head.encode() + str(value).encode("utf-8", "surrogateescape") + b"\r\n")
    return b"".join(parts) + b"--b--\r\n"


def document(route: Route, given: Filled) -> bytes:
    """As JSON; what is missing from a list alone makes it an empty object."""
    alone = route.alone and len(given.body) == 1
    return json.dumps(next(iter(given.body.values())) if alone else given.body).encode()
