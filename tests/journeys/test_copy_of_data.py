"""The running system makes the copy of one person's data: four programs, Kafka, and what a person reads."""

import io
from uuid import uuid4

import httpx
import pytest
from pypdf import PdfReader

from deploy.local.demo.people import SEEKER
from deploy.local.demo.stage import Stage
from tests.journeys.journey import seated


def asked(stage: Stage, method: str, path: str) -> httpx.Response:
    """On prescription's pages, as Nadia."""
    headers = {
        "Authorization": f"Bearer {stage.system.token_for(stage.who['nadia'])}",
        "Idempotency-Key": str(uuid4()),
    }
    return httpx.request(method, stage.system.urls["prescription"] + path, headers=headers, timeout=15)


def ready(stage: Stage, path: str) -> httpx.Response | None:
    answer = asked(stage, "GET", path)
    return answer if answer.is_success else None


@pytest.mark.usefixtures("journey")
def test_walls_11_four_programs_and_kafka_make_one_copy(stage: Stage) -> None:
    person = seated(stage, SEEKER)["beneficiary_id"]
    stage.mail(SEEKER.typed["email"], "réservée")
    path = f"/habitants/{person}/copie"
    assert asked(stage, "POST", path).status_code == 303
    copy = stage.until("la copie complète", lambda: ready(stage, f"{path}.pdf"))
    paper = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(copy.content)).pages).split())
    for words in ("Nom : Haddad", SEEKER.typed["email"], "Séance réservée", "à utiliser, puis réservé", "Démo Karim"):
        assert words in paper
