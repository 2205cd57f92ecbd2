"""The story, in its order. Each act does something by the API of one service and observes it in the others."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from chassis.clock import PARIS
from chassis.web.french import moment
from deploy.local.demo.bus import NotObserved
from deploy.local.demo.people import FARMER, RESIDENTS, RETIRED, SEEKER, Resident, places_v0, places_v1
from deploy.local.demo.stage import Stage
from deploy.local.servers import ROOT

PHONE, EMAIL = "+33639981234", SEEKER.told["email"]
MEDIATOR_OF = {FARMER: "karim", RETIRED: "karim", SEEKER: "lucie"}
CONFLICT = 409

Json = dict[str, Any]


class Story:
    """What one act finds, the next ones need."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.people: dict[Resident, str] = {}
        self.bookings: dict[Resident, str] = {}
        self.course: Json = {}
        self.last_seat: Json = {}

    def play(self) -> None:
        """Raises NotObserved at the first step that can't be seen where it belongs."""
        for act in (
            self.open_centre,
            self.fill_catalogue,
            self.label_and_schedule,
            self.prescribe,
            self.accept_files,
            self.book,
            self.last_seat_for_two,
            self.remind,
            self.attend,
            self.count_hours,
        ):
            act()

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
        refused = next(one for one in first["remarks"] if one["severity"] == "refused")
        stage.tell(
            f"Des lieux sont importés : {first['counts']['created']} du CSV v1.0 ({first['counts']['refused']} refusé, "
            f"ligne {refused['line']}), {second['counts']['created']} du JSON v0.1. "
            "Le second import n'a rien changé.",
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
            "training_id": next(one["id"] for one in trainings if one["code"] == code),
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
            person = stage.done("nadia", "POST", "prescription", "/beneficiaries", json=resident.told)["id"]
            need = {"need": "farm" if resident is FARMER else "first_steps"}
            stage.done("nadia", "POST", "prescription", f"/beneficiaries/{person}/books", json=need)
            self.people[resident] = person
            seen = [stage.bus.wait_for(kind, person) for kind in ("book.prescribed", "file.proposed")]
            told = self._told(resident, "book_prescribed", "5 heures")
            stage.tell(f"{resident.name}, {resident.who} reçoit un chéquier de cinq heures.", *seen, texts=(told,))

    def accept_files(self) -> None:
        stage = self.stage
        for resident, mediator in MEDIATOR_OF.items():
            stage.done(mediator, "POST", "booking", f"/files/{self.people[resident]}/accept")
            accepted = stage.bus.wait_for("file.accepted", self.people[resident])
            told = self._told(resident, "file_accepted", "vous accompagne", "Votre médiateur numérique")
            stage.tell(f"{mediator.capitalize()} reprend le dossier de {resident.first_name}.", accepted, texts=(told,))

    def book(self) -> None:
        stage = self.stage
        for resident, mediator in MEDIATOR_OF.items():
            wish = {"session_id": self.course["id"], "beneficiary_id": self.people[resident]}
            booking = stage.done(mediator, "POST", "booking", "/bookings", json=wish)
            self.bookings[resident] = booking["id"]
            confirmed = stage.bus.wait_for("booking.confirmed", self.people[resident])
            changed = stage.bus.wait_for("wallet.changed", self.people[resident], '"held":1')
            told = self._told(resident, "booking_confirmed", "séance réservée", "Votre séance est réservée")
            stage.tell(
                f"{resident.first_name} a sa place ; un chèque est réservé, quatre restent.",
                confirmed,
                changed,
                texts=(told,),
            )

    def last_seat_for_two(self) -> None:
        """Karim wants the last seat for Marcel, Lucie for Samir, at the same moment."""
        stage, rivals = self.stage, {FARMER: "karim", SEEKER: "lucie"}
        wishes = {
            resident: {"session_id": self.last_seat["id"], "beneficiary_id": self.people[resident]}
            for resident in rivals
        }
        with ThreadPoolExecutor(2) as both:
            tries = {
                resident: both.submit(stage.ask, who, "POST", "booking", "/bookings", json=wishes[resident])
                for resident, who in rivals.items()
            }
        answers = {resident: tried.result() for resident, tried in tries.items()}
        won = [resident for resident, answer in answers.items() if answer.is_success]
        lost = [resident for resident, answer in answers.items() if answer.status_code == CONFLICT]
        if (len(won), len(lost)) != (1, 1):
            raise NotObserved(f"la dernière place : {[answer.text for answer in answers.values()]}")
        stage.done(rivals[lost[0]], "POST", "booking", "/waiting", json=wishes[lost[0]])
        stage.tell(
            f"Karim et Lucie veulent au même moment la dernière place du lendemain : elle est à {won[0].first_name}. "
            f"{lost[0].first_name} est en liste d'attente.",
            stage.bus.wait_for("booking.confirmed", self.people[won[0]], count=2),
            stage.bus.wait_for("waiting.joined", self.people[lost[0]]),
            texts=(answers[lost[0]].json()["detail"],),
        )

    def remind(self) -> None:
        stage = self.stage
        start = datetime.fromisoformat(self.course["starts_at"])
        stage.move_clock(start - timedelta(hours=47))
        texts = [
            self._told(resident, "reminder_48h", "Rappel", "Rappel : votre séance approche") for resident in RESIDENTS
        ]
        sent = stage.bus.wait_for("notice.sent", self.people[FARMER], "reminder_48h")
        to_call = stage.bus.wait_for("notice.to_call", self.people[RETIRED], "reminder_48h")
        stage.tell("L'horloge avance. Deux jours avant, chacun est rappelé.", sent, to_call, texts=tuple(texts))

    def attend(self) -> None:
        stage = self.stage
        stage.move_clock(datetime.fromisoformat(self.course["ends_at"]) + timedelta(minutes=10))
        for resident in RESIDENTS:
            attended = resident is not SEEKER
            path = f"/bookings/{self.bookings[resident]}/attendance"
            stage.done("karim", "POST", "booking", path, json={"attended": attended})
            kind = "booking.attended" if attended else "booking.missed"
            marked = stage.bus.wait_for(kind, self.people[resident])
            then = "une heure suivie" if attended else "son chèque lui est rendu, c'est la première fois"
            stage.tell(f"{resident.first_name} {resident.came} : {then}.", marked)

    def count_hours(self) -> None:
        """Prescription and the wallet's ledger must tell the same."""
        stage, person = self.stage, self.people[RETIRED]

        def counted() -> Json | None:
            found: Json = stage.done("nadia", "GET", "prescription", f"/beneficiaries/{person}")
            book = found["books"][0]
            return book if (found["hours_followed"], book["consumed"], book["available"]) == (1, 1, 4) else None

        stage.until("une heure suivie, quatre restantes", counted)
        wallet = stage.done("karim", "GET", "booking", f"/wallets/{person}")
        moves = [f"{move['state_before']} → {move['state_after']} ({move['reason']})" for move in wallet["ledger"]]
        spent = [move for move in wallet["ledger"] if move["state_after"] == "consumed"]
        if (wallet["hours_followed"], len(spent)) != (1, 1):
            raise NotObserved(f"le registre ne raconte pas la même histoire : {wallet}")
        consumed = stage.bus.wait_for("wallet.changed", person, '"consumed":1')
        stage.tell(
            "Le centre voit pour Jeanne : 1 heure suivie, 4 à utiliser. Le registre des chèques dit la même chose.",
            consumed,
            texts=(" ; ".join(moves[-2:]),),
        )

    def _told(self, resident: Resident, kind: str, sms: str, subject: str = "") -> str:
        """As the person learns of it: the SMS, the e-mail's subject, or the line on the list of calls."""
        if resident is FARMER:
            return f"SMS : {self.stage.sms(PHONE, sms)}"
        if resident is SEEKER:
            return f"E-mail : {self.stage.mail(EMAIL, subject or 'formation')}"
        return f"À appeler : {self.stage.call(self.people[resident], kind)}"
