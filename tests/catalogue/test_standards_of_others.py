"""What others read from us, judged by their own libraries; and the round trip that changes nothing."""

import asyncio
import csv
import io
import os
from datetime import timedelta
from functools import partial
from pathlib import Path

import orjson
import pytest
from data_inclusion.schema.v1 import Service, Structure
from frictionless import Resource, Schema

from chassis.db import Database
from chassis.site import Site
from county.communes import by_insee
from deploy.local.servers import ROOT
from services.catalogue.model import SessionForm
from services.catalogue.standards import OUR_LABEL, read_places
from tests import programs
from tests.catalogue import published_schema
from tests.catalogue.conftest import NEXT_WEEK
from tests.catalogue.planning import get, put_on
from tests.catalogue.test_places import imported

REAL = Path(os.environ.get("PASS_REAL_PLACES", ""))
DEMONSTRATION = ROOT / "deploy" / "local" / "demo" / "places.csv"
OLD, EXAMPLE = REAL / "lieux-drome-v0.1.json", REAL / "lieux-exemple-v1.0.csv"
needs_real_files = pytest.mark.skipif(
    not OLD.exists(),
    reason="PASS_REAL_PLACES names no folder with lieux-drome-v0.1.json and lieux-exemple-v1.0.csv, which data.gouv.fr "
    "and schema.data.gouv.fr (LaMednum/standard-mediation-num) publish",
)
needs_real = partial(pytest.param, marks=needs_real_files)


@pytest.mark.parametrize(
    ("file", "created", "refused"),
    [
        pytest.param(DEMONSTRATION, 31, 0, id="31 of the demonstration"),
        needs_real(OLD, 101, 2, id="103 of the Drôme"),
        needs_real(EXAMPLE, 1, 0, id="the example"),
    ],
)
async def test_real_places_go_in_and_out_and_in_again_without_a_change(
    site: Site, database: Database, file: Path, created: int, refused: int
) -> None:
    first = await imported(database, await asyncio.to_thread(file.read_bytes), elsewhere=True)
    assert (first["created"], first["refused"]) == (created, refused)
    exported = (await get(site, "/api/catalogue/places.csv")).content
    again = await imported(database, exported, elsewhere=True)
    assert (again["created"], again["changed"], again["unchanged"], again["refused"]) == (0, 0, created, 0)
    assert (await get(site, "/api/catalogue/places.csv")).content == exported


@pytest.mark.parametrize(("file", "count"), [(DEMONSTRATION, 31), needs_real(OLD, 101)], ids=["31", "103"])
async def test_the_real_places_are_valid_structures_of_data_inclusion(
    site: Site, database: Database, file: Path, count: int
) -> None:
    await imported(database, await asyncio.to_thread(file.read_bytes))
    structures = (await get(site, "/api/catalogue/data-inclusion/structures.json")).json()
    assert len(structures) == count
    for structure in structures:
        Structure.model_validate_json(orjson.dumps(structure))


@pytest.mark.usefixtures("form")
async def test_our_label_is_said_in_the_export_and_is_no_change_when_it_comes_back(
    site: Site, database: Database
) -> None:
    exported = await get(site, "/api/catalogue/places.csv")
    assert exported.text.count(OUR_LABEL) == 1  # one of the two spaces has its label
    assert await imported(database, exported.content) == {"created": 0, "changed": 0, "unchanged": 2, "refused": 0}
    assert all(OUR_LABEL not in place.autres_formations_labels for place in read_places(exported.content).places)


async def test_what_can_be_had_where_is_a_valid_service_of_data_inclusion(
    site: Site, database: Database, form: SessionForm
) -> None:
    assert (await get(site, "/api/catalogue/data-inclusion/services.json")).json() == []
    await put_on(database, form)
    await put_on(database, form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(hours=3)}))
    [service] = (await get(site, "/api/catalogue/data-inclusion/services.json")).json()
    [structure, _] = (await get(site, "/api/catalogue/data-inclusion/structures.json")).json()
    read = Service.model_validate_json(orjson.dumps(service))
    assert read.structure_id == structure["id"]
    assert (service["type"], service["frais"], service["zone_eligibilite"]) == ("formation", "gratuit", ["26"])


def faults_of(exported: bytes) -> list[str]:
    """What frictionless finds wrong by the published schema."""
    schema = Schema.from_descriptor(published_schema.descriptor())
    report = Resource(exported, format="csv", schema=schema).validate()
    return [str(fault) for fault in report.flatten(["rowNumber", "fieldName", "message"])]


async def test_every_exported_place_is_valid_for_the_published_schema(site: Site, database: Database) -> None:
    await imported(database, await asyncio.to_thread(DEMONSTRATION.read_bytes))
    if OLD.exists():
        await imported(database, await asyncio.to_thread(OLD.read_bytes))
        await imported(database, await asyncio.to_thread(EXAMPLE.read_bytes), elsewhere=True)
    assert faults_of((await get(site, "/api/catalogue/places.csv")).content) == []


@pytest.mark.usefixtures("form")
async def test_the_published_schema_sees_a_fault(site: Site) -> None:
    """The control."""
    exported = (await get(site, "/api/catalogue/places.csv")).content
    assert faults_of(exported) == []
    assert faults_of(exported.replace(b"26400", b"2640"))
    assert faults_of(exported.replace(b"drome-2", b"drome-1"))


NATIONAL_MODEL = os.environ.get("PASS_PLACES_MODEL", "")
"""Where `npm install @gouvfr-anct/lieux-de-mediation-numerique@2.3.0` was run; the tests themselves need no network."""
JUDGE = """
const model = require("@gouvfr-anct/lieux-de-mediation-numerique");
const places = JSON.parse(require("fs").readFileSync(0, "utf8"));
const faults = places.flatMap((place) => {
  try { model.fromSchemaLieuDeMediationNumerique(place); return []; }
  catch (fault) { return [place.id + " " + fault.constructor.name + " " + fault.message]; }
});
console.log(JSON.stringify(faults));
"""
needs_the_model = pytest.mark.skipif(
    not (NATIONAL_MODEL and programs.path_of("node")),
    reason="no node (apt-get install nodejs), or PASS_PLACES_MODEL names no folder where "
    "`npm install @gouvfr-anct/lieux-de-mediation-numerique@2.3.0` was run",
)


async def judged(exported: str) -> list[str]:
    """What the national model of places finds wrong."""
    rows = [{name: value for name, value in row.items() if value} for row in csv.DictReader(io.StringIO(exported))]
    node = await asyncio.create_subprocess_exec(
        "node", "-e", JUDGE, cwd=NATIONAL_MODEL, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await node.communicate(orjson.dumps(rows))
    faults: list[str] = orjson.loads(output)
    return faults


@needs_the_model
@pytest.mark.usefixtures("form")
async def test_every_exported_place_is_valid_for_the_national_model(site: Site, database: Database) -> None:
    await imported(database, await asyncio.to_thread(DEMONSTRATION.read_bytes))
    if OLD.exists():
        await imported(database, await asyncio.to_thread(OLD.read_bytes))
    exported = (await get(site, "/api/catalogue/places.csv")).text
    assert OUR_LABEL in exported
    assert await judged(exported) == []


@needs_the_model
@pytest.mark.usefixtures("form")
async def test_the_national_model_sees_a_fault(site: Site) -> None:
    """The control."""
    exported = (await get(site, "/api/catalogue/places.csv")).text
    assert await judged(exported.replace("26400", "2640"))


def test_the_places_of_the_demonstration_are_real_facts_in_the_standard() -> None:
    reading = read_places(DEMONSTRATION.read_bytes())
    assert (reading.remarks, len(reading.places)) == ((), 31)
    for place in reading.places:
        assert by_insee(place.code_insee or "")
        assert place.latitude
        assert place.services
        assert "Licence Ouverte" in (place.source or "")
