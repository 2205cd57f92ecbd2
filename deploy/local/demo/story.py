"""The story, in its order. Each act does something by the API of one service and observes it in the others."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx

from deploy.local.demo.bus import NotObserved
from deploy.local.demo.people import FARMER, RESIDENTS, RETIRED, SEEKER, Resident
from deploy.local.demo.turns import Turns

MEDIATOR_OF = {FARMER: "karim", RETIRED: "karim", SEEKER: "lucie"}
CREATED, CONFLICT = 201, 409

Json = dict[str, Any]


class Story(Turns):
    """What follows: a mediator, a seat, a reminder, an hour."""

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
            self.list_moves,
            self.remind,
            self.attend,
            self.count_hours,
            self.cancel_session,
            self.forget,
        ):
            act()

    def accept_files(self) -> None:
        stage = self.stage
        for resident, mediator in MEDIATOR_OF.items():
            stage.done(mediator, "POST", "booking", f"/files/{self.people[resident]}/accept")
            accepted = stage.bus.wait_for("file.accepted", self.people[resident])
            text = self._text_to(resident, "file_accepted", "vous accompagne", "Votre médiateur numérique")
            stage.tell(f"{mediator.capitalize()} reprend le dossier de {resident.first_name}.", accepted, texts=(text,))

    def book(self) -> None:
        stage = self.stage
        for resident, mediator in MEDIATOR_OF.items():
            wish = {"session_id": self.course["id"], "beneficiary_id": self.people[resident]}
            booking = stage.done(mediator, "POST", "booking", "/bookings", json=wish)
            self.bookings[resident] = booking["id"]
            confirmed = stage.bus.wait_for("booking.confirmed", self.people[resident])
            changed = stage.bus.wait_for("wallet.changed", self.people[resident], '"held":1')
            text = self._text_to(resident, "booking_confirmed", "séance réservée", "Votre séance est réservée")
            stage.tell(
                f"{resident.first_name} a sa place ; un chèque est réservé, quatre restent.",
                confirmed,
                changed,
                texts=(text,),
            )

    def last_seat_for_two(self) -> None:
        """Karim wants the last seat for Marcel, Lucie for Samir, at the same moment."""
        stage, rivals = self.stage, {FARMER: "karim", SEEKER: "lucie"}
        wishes = {rival: {"session_id": self.last_seat["id"], "beneficiary_id": self.people[rival]} for rival in rivals}
        with ThreadPoolExecutor(2) as both:
            tries = {
                rival: both.submit(stage.ask, who, "POST", "booking", "/bookings", json=wishes[rival])
                for rival, who in rivals.items()
            }
        answers = {rival: tried.result() for rival, tried in tries.items()}
        self.holder, self.waiting = _won_and_lost(answers)
        self.held, refusal = answers[self.holder].json(), answers[self.waiting].json()["detail"]
        stage.done(rivals[self.waiting], "POST", "booking", "/waiting", json=wishes[self.waiting])
        stage.tell(
            "Karim et Lucie veulent au même moment la dernière place du lendemain : "
            f"elle est à {self.holder.first_name}. {self.waiting.first_name} est en liste d'attente.",
            stage.bus.wait_for("booking.confirmed", self.people[self.holder], count=2),
            stage.bus.wait_for("waiting.joined", self.people[self.waiting]),
            texts=(refusal,),
        )

    def remind(self) -> None:
        stage = self.stage
        start = datetime.fromisoformat(self.course["starts_at"])
        stage.move_clock(start - timedelta(hours=47))
        texts = [
            self._text_to(resident, "reminder_48h", "Rappel", "Rappel : votre séance approche")
            for resident in RESIDENTS
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
            beneficiary: Json = stage.done("nadia", "GET", "prescription", f"/beneficiaries/{person}")
            book = beneficiary["books"][0]
            return book if (beneficiary["hours_followed"], book["consumed"], book["available"]) == (1, 1, 4) else None

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


def _won_and_lost(answers: Mapping[Resident, httpx.Response]) -> tuple[Resident, Resident]:
    """Raises NotObserved unless exactly one has the seat and the other is told that it is taken."""
    by_status = {answer.status_code: resident for resident, answer in answers.items()}
    if {*by_status} != {CREATED, CONFLICT}:
        raise NotObserved(f"la dernière place : {[answer.text for answer in answers.values()]}")
    return by_status[CREATED], by_status[CONFLICT]
