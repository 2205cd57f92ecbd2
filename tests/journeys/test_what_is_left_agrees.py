"""After a whole pass, and after its person was forgotten, the four services and the bus tell the same."""

import json
import subprocess
import sys
from typing import Any

import pytest

from deploy.local.demo.people import FARMER
from deploy.local.demo.stage import Stage
from deploy.local.servers import ROOT
from deploy.local.system import TITLES, System
from tests.journeys.journey import seated


def audited(system: System) -> dict[str, int]:
    """How much was looked at, by check; nothing differs."""
    command = [sys.executable, "-m", "deploy.audit", "--json", "--system", str(system.folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    found: dict[str, Any] = json.loads(done.stdout)
    named = [difference for check in found["checks"] for difference in check["differences"]]
    assert (named, found["under_way"], done.returncode) == ([], [], 0)
    return {check["name"]: check["size"] for check in found["checks"]}


@pytest.mark.usefixtures("journey")
def test_rule_26_the_logs_of_a_whole_pass_name_nobody(stage: Stage) -> None:
    stated = [seen.body for seen in stage.bus.records if seen.type == "contact.stated.v1" and seen.body]
    contacts = [json.loads(body) for body in stated]
    values = {one[name] for one in contacts for name in ("first_name", "phone", "email") if one[name]}
    values |= {line for one in contacts for line in one["postal_address"]}
    assert values
    logs = {name: (stage.system.folder / "logs" / f"{name}.log").read_text(encoding="utf-8") for name in TITLES}
    assert all(logs.values())
    assert [(name, value) for name, log in logs.items() for value in values if value in log] == []


@pytest.mark.usefixtures("journey")
def test_core_23_after_the_typical_journey_and_a_forgotten_person_the_audit_finds_no_difference(stage: Stage) -> None:
    looked_at = audited(stage.system)
    assert min(looked_at[name] for name in ("réservations", "chéquiers", "messages envoyés", "formations")) >= 1
    person = seated(stage, FARMER)["beneficiary_id"]
    stage.erase(person)
    assert audited(stage.system)["personnes effacées"] == looked_at["personnes effacées"] + 1
