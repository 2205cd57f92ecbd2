"""How people go one pass, from prescription to attended hour, by the pages alone: labels and buttons, no JavaScript."""

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from chassis.clock import PARIS
from deploy.local.demo.people import Resident, places_v1
from deploy.local.demo.stage import Stage
from deploy.local.servers import ROOT

SignedIn = Callable[..., Page]
Json = dict[str, Any]

MOBILE, DIALLED = "+33639981001", "06 39 98 10 01"
CREST = "26108"


def play(signed_in: SignedIn, stage: Stage) -> str:
    """Play it to its end. The answer is what the prescriber then reads of the hours."""
    start = opening(signed_in, stage)
    prescribe(signed_in("Nadia", "prescription"))
    stage.sms(MOBILE, "5 heures")
    take_over_and_book(signed_in("Karim", "booking"), stage)
    assert "14h30" in stage.sms(MOBILE, "séance réservée")
    stage.move_clock(start - timedelta(hours=47))
    stage.sms(MOBILE, "Rappel")
    stage.move_clock(start + timedelta(minutes=70))
    attend(signed_in("Karim", "booking"))
    return hours_counted(signed_in("Nadia", "prescription"), stage)


def opening(signed_in: SignedIn, stage: Stage) -> datetime:
    """When the session of the catalogue that was put on begins."""
    open_centre(signed_in, stage)
    env = stage.system.environment("catalogue") | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "services.catalogue", "trainings"]
    subprocess.run(command, env=env, check=True, capture_output=True)  # noqa: S603 - our own command
    mediator = {"name": "Démo Karim", "phone": "04 65 71 00 02"}
    stage.done("anne", "PUT", "catalogue", f"/mediators/{stage.who['karim'].mediator_id}", json=mediator)
    anne = signed_in("Anne", "catalogue")
    import_places(anne)
    label(anne)
    start = (stage.now().astimezone(PARIS) + timedelta(days=7)).replace(hour=14, minute=30, second=0, microsecond=0)
    put_on(anne, start)
    put_on(anne, start + timedelta(days=7))  # the next one, which the pages show once the first is over
    return start


def open_centre(signed_in: SignedIn, stage: Stage) -> None:
    anne, nadia = signed_in("Anne", "prescription"), stage.who["nadia"]
    anne.goto("/centres")
    anne.get_by_label("Nom du centre").fill("Centre social du Pont")
    anne.get_by_label("Commune", exact=True).select_option(CREST)
    anne.get_by_role("button", name="Ouvrir ce centre").click()
    expect(anne.get_by_role("row", name=re.compile("Centre social du Pont"))).to_contain_text("Crest")
    centre = {"name": "Centre social de démonstration", "kind": "social_centre", "commune_insee": "26108"}
    stage.done("anne", "PUT", "prescription", f"/centres/{nadia.centre_id}", json=centre)
    named = {"centre_id": str(nadia.centre_id), "name": "Démo Nadia"}
    stage.done("anne", "PUT", "prescription", f"/prescribers/{nadia.prescriber_id}", json=named)


def import_places(anne: Page) -> None:
    anne.goto("/import")
    anne.get_by_label("Fichier").set_input_files({"name": "lieux.csv", "mimeType": "text/csv", "buffer": places_v1()})
    anne.get_by_label("Essai").uncheck()
    anne.get_by_role("button", name="Lire le fichier").click()
    expect(anne.get_by_role("heading", name="Ce qui est fait")).to_be_visible()


def label(anne: Page) -> None:
    anne.goto("/espaces?q=crest")
    anne.get_by_text("Donner un label à").click()
    anne.get_by_role("button", name="Donner le label").click()
    expect(anne.get_by_text("Labellisé Pass numérique")).to_be_visible()


def put_on(anne: Page, start: datetime) -> None:
    anne.goto("/seances/nouvelle")
    anne.get_by_label("Formation").select_option(label="Créer son adresse e-mail (1 heure)")
    anne.get_by_label("Début").fill(start.strftime("%Y-%m-%dT%H:%M"))
    anne.get_by_role("button", name="Proposer la séance").click()
    expect(anne.get_by_role("heading", name="Créer son adresse e-mail")).to_be_visible()


def prescribe(nadia: Page) -> None:
    nadia.get_by_label("Nom, téléphone").fill("Vernet")
    nadia.get_by_role("button", name="Chercher", exact=True).click()
    nadia.get_by_role("link", name="Inscrire cette personne").click()
    nadia.get_by_label("Prénom").fill("Démo Odile")
    nadia.get_by_label("Date de naissance").fill("1951-02-28")
    nadia.get_by_label("Commune").fill("Crest")
    nadia.get_by_label("Téléphone", exact=False).last.fill(DIALLED)
    nadia.get_by_label("Senior").check()
    nadia.get_by_role("button", name="Inscrire, puis prescrire").click()
    nadia.get_by_role("button", name="Prescrire 5 heures").click()
    expect(nadia.get_by_role("heading", name="Chéquier n° 1")).to_be_visible()


def take_over_and_book(karim: Page, stage: Stage) -> None:
    stage.bus.wait_for("file.proposed")
    stage.until("le dossier proposé", lambda: karim.goto("/mediateur") and "Démo Odile V." in karim.content())
    karim.get_by_role("listitem").filter(has_text="Démo Odile V.").get_by_role("button", name="Reprendre").click()
    karim.get_by_label("Formation ou commune").fill("crest")
    karim.get_by_role("button", name="Chercher", exact=True).click()
    karim.get_by_role("button", name="Réserver cette séance").first.click()
    expect(karim.get_by_role("row", name=re.compile("Créer son adresse e-mail"))).to_contain_text("14")


def attend(karim: Page) -> None:
    karim.get_by_role("link", name=re.compile("Créer son adresse e-mail")).first.click()
    karim.get_by_role("button", name="Démo Odile V. est là").click()
    expect(karim.get_by_role("listitem").filter(has_text="Odile")).to_contain_text("suivie")


def hours_counted(nadia: Page, stage: Stage) -> str:
    nadia.goto("/guichet?q=vernet")
    nadia.get_by_role("link", name="Démo Odile Vernet", exact=True).click()
    person = nadia.url
    stage.until("l'heure suivie", lambda: nadia.goto(person) and "1 heure suivie" in figures(nadia))
    return figures(nadia)


def figures(page: Page) -> str:
    return " ".join(page.locator(".head").inner_text().split())


def seated(stage: Stage, resident: Resident) -> Json:
    """The booking of a newcomer, who has a seat in a session to come."""
    person = stage.done("nadia", "POST", "prescription", "/beneficiaries", json=resident.typed)["id"]
    stage.done("nadia", "POST", "prescription", f"/beneficiaries/{person}/books", json={"need": "farm"})
    stage.bus.wait_for("file.proposed", person)
    stage.done("karim", "POST", "booking", f"/files/{person}/accept")
    session, *_ = stage.done("karim", "GET", "booking", "/sessions?with_seats=true")
    wish = {"session_id": session["id"], "beneficiary_id": person}
    booking: Json = stage.done("karim", "POST", "booking", "/bookings", json=wish)
    stage.bus.wait_for("booking.confirmed", person)
    return booking
