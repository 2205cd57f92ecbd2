"""What the four OpenAPI documents promise is what is answered, whatever is sent: no fault, nothing undocumented.

`TEST_INPUTS` is how many times more is tried than in every run; each run tries the same.
"""

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from chassis.site import Site
from chassis.web import Principal
from tests.actors import token_for
from tests.conftest import Created
from tests.inputs.asked import ROLES
from tests.inputs.seeds import known_ids, seeded
from tests.sites import SERVICES

EXAMPLES = 2 * int(os.environ.get("TEST_INPUTS", "1"))
WHO: dict[str, Principal | None] = {"nobody": None, **ROLES}
HERE = "http://127.0.0.1"
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.allow_header_conformance,
]
WANTED = ("method", "url", "params", "headers", "cookies", "data", "json", "files")
TRIED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


@dataclass
class Api:
    """One service's API, asked from tests that know no event loop."""

    runner: asyncio.Runner
    app: FastAPI
    client: httpx.AsyncClient
    known: Mapping[str, Sequence[UUID]]
    chosen: Random
    seen: dict[int, int]

    def ask(self, case: Case[Any], who: Principal | None) -> httpx.Response:
        request = requests.Request(
            **{name: value for name, value in case.as_transport_kwargs(base_url=HERE).items() if name in WANTED}
        ).prepare()
        headers: dict[str, Any] = {**request.headers, "Idempotency-Key": str(uuid4())}
        if who:
            headers["Authorization"] = f"Bearer {token_for(who)}"
        content: Any = request.body
        sent = self.client.request(str(request.method), str(request.url), headers=headers, content=content)
        answer = self.runner.run(sent)
        self.seen[answer.status_code] = self.seen.get(answer.status_code, 0) + 1
        return answer

    def aim(self, case: Case[Any]) -> None:
        """Half of the time at what is there: ids that nobody knows only ever show that nothing is found."""
        for values in (case.path_parameters, case.query, case.body):
            if isinstance(values, dict) and self.chosen.random() < 0.5:
                values.update(
                    {name: str(self.chosen.choice(self.known[name])) for name in values if self.known.get(name)}
                )


@contextmanager
def api(service: str, migrated: Created) -> Iterator[Api]:
    async def opened() -> Site:
        return await seeded(service, await migrated(service))

    with asyncio.Runner() as runner:
        site = runner.run(opened())
        database, app = site.runtime.database, site.application()
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url=HERE)
        yield Api(runner, app, client, runner.run(known_ids(database)), Random(service), {})
        runner.run(client.aclose())
        runner.run(database.close())


def faults(of: Api, operation: Any, mode: GenerationMode, who: Principal | None) -> Iterator[str]:
    @TRIED
    @given(case=operation.as_strategy(generation_mode=mode))
    def tried(case: Case[Any]) -> None:
        of.aim(case)
        case.validate_response(of.ask(case, who), checks=CHECKS)

    try:
        tried()
    except FailureGroup as group:
        yield from (f"{operation.label}: {one}" for one in group.exceptions)
    except Unsatisfiable:
        pass  # nothing about it can be sent wrongly


def operations(document: dict[str, Any]) -> list[Any]:
    found: list[Any] = [*schemathesis.openapi.from_dict(document).get_all_operations()]
    return [one.ok() for one in found]


@pytest.mark.parametrize("service", SERVICES)
def test_core_05_the_api_answers_as_its_document_says(service: str, migrated: Created) -> None:
    with api(service, migrated) as of:
        found = [
            fault
            for operation in operations(of.app.openapi())
            for who in WHO.values()
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
            for fault in faults(of, operation, mode, who)
        ]
    assert found == []
    assert min(of.seen.get(status, 0) for status in (401, 404, 422)) > 0, of.seen
    assert any(of.seen.get(status, 0) for status in (200, 201, 204)), of.seen


def test_core_05_an_undocumented_answer_is_seen(migrated: Created) -> None:
    """Control."""
    with api("booking", migrated) as of:
        written = of.app.openapi()
        del written["paths"]["/api/booking/files"]["get"]["responses"]["401"]
        (operation,) = [one for one in operations(written) if one.path == "/api/booking/files"]
        found = [*faults(of, operation, GenerationMode.POSITIVE, None)]
    assert "Undocumented" in "".join(found)
