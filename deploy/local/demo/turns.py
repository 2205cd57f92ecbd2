"""How things turn: a seat is given back and goes to who waits, a session is cancelled, someone asks to be forgotten."""

import re
from datetime import datetime, timedelta
from typing import Any

import httpx

from chassis.french import day
from county.links import code_for
from deploy.local.demo.bus import NotObserved, Seen
from deploy.local.demo.opening import Opening
from deploy.local.demo.people import FARMER, SEEKER, Resident

MEDIATOR_OF = {FARMER: "karim", SEEKER: "lucie"}
SERVICES = ("prescription", "catalogue", "booking", "notifications")

Json = dict[str, Any]


class Turns(Opening):
    """`holder` has the last seat of the next day, `waiting` is on its list."""

    holder: Resident
    waiting: Resident
    held: Json

    def list_moves(self) -> None:
        """The holder gives the seat back; the one who waits says yes by the link in the message."""
        stage, person = self.stage, self.people[self.waiting]
        reason = {"reason": "la personne a un autre rendez-vous"}
        stage.done(MEDIATOR_OF[self.holder], "POST", "booking", f"/bookings/{self.held['id']}/cancel", json=reason)
        offered = stage.bus.wait_for("seat.offered", person)
        text = self._text_to(self.waiting, "seat_offered", "place libre", "Une place est libre")
        self._accept(offered)
        stage.tell(
            f"{self.holder.first_name} rend sa place. Elle est gardée pour {self.waiting.first_name}, "
            "qui ouvre le lien de son message et dit oui.",
            stage.bus.wait_for("booking.cancelled", self.people[self.holder]),
            offered,
            stage.bus.wait_for("booking.confirmed", person, str(offered.id_in("offer_id"))),
            texts=(text,),
        )

    def _accept(self, offered: Seen) -> None:
        """As an old telephone would: look at the page, press its button."""
        code = code_for(self.stage.system.servers.secret, offered.id_in("offer_id"))
        with httpx.Client(base_url=self.stage.system.url, follow_redirects=True) as telephone:
            page = telephone.get(f"/r/{code}").text
            token = re.search(r'name="csrf_token" value="([^"]+)"', page)
            if token is None:
                raise NotObserved(f"la page du lien ne propose rien : {page[:300]}")
            answer = telephone.post(f"/r/{code}/accepter", data={"csrf_token": token[1]})
        if "La place est à vous" not in answer.text:
            raise NotObserved(f"le lien n'a pas pris la place : {answer.text[:300]}")

    def cancel_session(self) -> None:
        """By the organiser: the voucher comes back, the person is told."""
        stage, person = self.stage, self.people[self.waiting]
        path = f"/sessions/{self.last_seat['id']}/cancel"
        stage.done("karim", "POST", "catalogue", path, json={"reason": "le médiateur n'est pas disponible"})
        cancelled = stage.bus.wait_for("session.cancelled", self.last_seat["id"])
        given_back = stage.bus.wait_for("booking.cancelled", person, '"vouchers_returned":1')
        text = self._text_to(self.waiting, "booking_cancelled", "ANNULÉE", "Votre séance est annulée")
        stage.tell(
            f"La séance du lendemain est annulée par l'organisateur : {self.waiting.first_name} retrouve son chèque "
            "et en est prévenu.",
            cancelled,
            given_back,
            texts=(text,),
        )

    def forget(self) -> None:
        """Samir asks to be forgotten, and is told until when he may say no. Then each service answers."""
        stage, person = self.stage, self.people[SEEKER]
        path, why = f"/beneficiaries/{person}/erasure", {"reason": "renounced"}
        request = stage.done("nadia", "POST", "prescription", path, json=why)
        due_at, number = datetime.fromisoformat(request["due_at"]), request["number"]
        requested = stage.bus.wait_for("beneficiary.erasure_requested", person)
        text = self._text_to(SEEKER, "erasure_requested", "", "Votre demande d'effacement est enregistrée")
        stage.tell(
            f"Samir demande à être oublié. Jusqu'au {day(due_at)} il peut changer d'avis, et un message le lui dit.",
            requested,
            texts=(text,),
        )
        stage.move_clock(due_at + timedelta(minutes=1))
        self._forgotten(person, number)

    def _forgotten(self, person: str, number: str) -> None:
        stage = self.stage

        def closed() -> Json | None:
            erasure: Json = stage.done("nadia", "GET", "prescription", f"/erasures/{number}")
            return erasure if erasure["closed_at"] else None

        answers = stage.until("l'effacement confirmé par les quatre services", closed)["answers"]
        if {*answers} != {*SERVICES}:
            raise NotObserved(f"effacement : {answers}")
        done = [stage.bus.wait_for("erasure.completed", person, f'"service":"{name}"') for name in SERVICES]
        stage.tell(
            f"L'horloge avance. Son jour est venu : les quatre services répondent, la demande {number} est close.",
            stage.bus.wait_for("beneficiary.erased", person),
            stage.bus.wait_for("contact.erased", person),
            *done,
        )
