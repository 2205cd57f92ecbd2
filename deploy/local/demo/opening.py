"""How it begins: a centre, a catalogue, a session, three residents with their books."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from typing import Any

from chassis.clock import PARIS
from chassis.french import moment
from deploy.local.demo.bus import NotObserved
from deploy.local.demo.people import FARMER, RESIDENTS, SEEKER, Resident, places_v0, places_v1
from deploy.local.demo.stage import Stage
from deploy.local.servers import ROOT

PHONE, EMAIL = "+33639981234", SEEKER.typed["email"]
TOO_SOON_FOR_A_LETTER = frozenset({"reminder_48h"})

Json = dict[str, Any]


class Opening:
    """What one act finds, the next ones need."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.people: dict[Resident, str] = {}
        self.bookings: dict[Resident, str] = {}
        self.course: Json = {}
        self.last_seat: Json = {}

    def open_centre(self) -> None:
        stage, nadia = self.stage, self.stage.who["nadia"]
        centre = {
            "name": "Centre social de démonstration",
            "kind": "social_centre",
            "commune_insee": "26108",
            "phone": "04 65 71 00 01",
        }
        stage.done("anne", "PUT", "prescription", f"/centres/{nadia.centre_id}", json=centre)
        named = {"centre_id": str(nadia.centre_id), "name": "Démo Nadia"}
        stage.done("anne", "PUT", "prescription", f"/prescribers/{nadia.prescriber_id}", json=named)
        opened = stage.bus.wait_for("centre.opened", str(nadia.centre_id))
        stage.tell("Le centre social de démonstration de Crest est ouvert, Nadia peut y prescrire.", opened)

    def fill_catalogue(self) -> None:
        stage = self.stage
        command = [sys.executable, "-m", "services.catalogue", "trainings"]
        env = {**os.environ, **stage.system.environment("catalogue"), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, env=env, check=True, capture_output=True, text=True)  # noqa: S603 - our own command
        published = stage.bus.wait_for("training.published")
        stage.tell(f"Le catalogue est rempli ({done.stdout.strip().splitlines()[-1]}).", published)
        first = stage.done("anne", "POST", "catalogue", "/places", content=places_v1())
        second = stage.done("anne", "POST", "catalogue", "/places", content=places_v0())
        again = stage.done("anne", "POST", "catalogue", "/places", content=places_v1())
        if again["counts"]["created"] or again["counts"]["changed"]:
            raise NotObserved("un second import a changé quelque chose")
        refused = next(remark for remark in first["remarks"] if remark["severity"] == "refused")
        stage.tell(
            f"Des lieux de la Drôme sont importés : {first['counts']['created']} du CSV v1.0 "
            f"({first['counts']['refused']} refusé, ligne {refused['line']}), {second['counts']['created']} du JSON "
            "v0.1. Le second import n'a rien changé.",
            stage.bus.wait_for("space.listed", count=3),
        )

    def label_and_schedule(self) -> None:
        stage = self.stage
        for name in ("karim", "lucie"):
            mediator = stage.who[name]
            named = {"name": f"Démo {name.capitalize()}", "phone": "04 65 71 00 02"}
            stage.done("anne", "PUT", "catalogue", f"/mediators/{mediator.mediator_id}", json=named)
        (space,) = stage.done("anne", "GET", "catalogue", "/spaces?q=crest")
        label = {"first_day": (stage.now() - timedelta(days=30)).date().isoformat(), "seats": 10}
        stage.done("anne", "POST", "catalogue", f"/spaces/{space['id']}/labels", json=label)
        start = stage.now().astimezone(PARIS).replace(hour=14, minute=30, second=0, microsecond=0)
        start += timedelta(days=5 + (-start.weekday() - 5) % 7)  # a Monday
        self.course = self._put_on("MAIL-01", space["id"], start, capacity=8)
        self.last_seat = self._put_on("MAIL-01", space["id"], start + timedelta(days=1), capacity=1)
        scheduled = stage.bus.wait_for("session.scheduled", self.course["id"])
        stage.tell(
            f"L'espace de Crest reçoit son label. Une séance y est proposée {moment(start)}, une autre le lendemain, "
            "qui n'a qu'une place.",
            stage.bus.wait_for("space.changed", space["id"]),
            scheduled,
        )

    def _put_on(self, code: str, space_id: str, start: datetime, capacity: int) -> Json:
        stage = self.stage
        trainings = stage.done("karim", "GET", "catalogue", "/trainings")
        asked = {
            "training_id": next(training["id"] for training in trainings if training["code"] == code),
            "space_id": space_id,
            "mediator_id": str(stage.who["karim"].mediator_id),
            "starts_at": start.isoformat(),
            "capacity": capacity,
        }
        made: Json = stage.done("karim", "POST", "catalogue", "/sessions", json=asked)
        return made

    def prescribe(self) -> None:
        stage = self.stage
        for resident in RESIDENTS:
            person = stage.done("nadia", "POST", "prescription", "/beneficiaries", json=resident.typed)["id"]
            need = {"need": "farm" if resident is FARMER else "first_steps"}
            stage.done("nadia", "POST", "prescription", f"/beneficiaries/{person}/books", json=need)
            self.people[resident] = person
            seen = [stage.bus.wait_for(kind, person) for kind in ("book.prescribed", "file.proposed")]
            text = self._text_to(resident, "book_prescribed", "5 heures")
            stage.tell(f"{resident.name}, {resident.who} reçoit un chéquier de cinq heures.", *seen, texts=(text,))

    def _text_to(self, resident: Resident, kind: str, sms: str, subject: str = "") -> str:
        """As the person learns of it: the SMS, the e-mail's subject; a letter, or a call when the post is too slow."""
        if resident is FARMER:
            return f"SMS : {self.stage.sms(PHONE, sms)}"
        if resident is SEEKER:
            return f"E-mail : {self.stage.mail(EMAIL, subject or 'formation')}"
        if kind in TOO_SOON_FOR_A_LETTER:
            return f"À appeler : {self.stage.by_hand(self.people[resident], kind, 'call')}"
        return f"Courrier à poster : {self.stage.by_hand(self.people[resident], kind, 'letter')}"
