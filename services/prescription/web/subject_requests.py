"""What a person may ask: a copy of what is stored of them, on paper or as a file, and to be forgotten."""

from typing import Annotated

from fastapi import Depends, Form
from pydantic import BaseModel
from starlette.responses import Response

from chassis import printed
from chassis.db import Transaction
from chassis.french import moment
from chassis.web import FormCommand, Page, Read, Transact, allowed, own, own_within, shared, traced
from contracts.copies import CopySection, PersonalCopy, ServiceCopy
from contracts.ids import BeneficiaryId
from county.law.pages import in_words
from services.prescription import acts, queries, usecases, wording
from services.prescription.access import (
    Administrator,
    Copied,
    CurrentSettings,
    Looking,
    MayErase,
    Professional,
    copied,
    may_erase,
)
from services.prescription.model import Beneficiary
from services.prescription.model.erasure import OrdinaryReason, UrgentReason
from services.prescription.settings import Settings
from services.prescription.web.books import TEMPLATES, Sheet
from services.prescription.web.forms import labelled_router

router = labelled_router()

SHEET = TEMPLATES / "copy.typ"
ASKED = "C'est fait. La demande est enregistrée. Donnez ce numéro à la personne : {}."
WITHDRAWN = "C'est fait. La demande est annulée : rien n'est effacé. La personne reçoit un message qui le dit."


class Wanted(BaseModel):
    reason: OrdinaryReason


class UrgentlyWanted(BaseModel):
    reason: UrgentReason


@router.get("/habitants/{beneficiary_id}/copie", dependencies=[own(copied)])
async def copy(page: Page, reading: Read, settings: CurrentSettings, beneficiary_id: BeneficiaryId) -> Response:
    """Shows which services have answered, and the copy once all have; nothing of the person, so it is no access."""
    person = await queries.person(reading, beneficiary_id)
    asked = await queries.copy_of(reading, person.id)
    until = asked.ready_at + settings.retain_copies if asked and asked.ready_at else None
    late = bool(asked and asked.is_late(page.now, settings.copies_due))
    return page.show("copy.html", person_id=person.id, copy=asked, until=until, late=late, words=wording)


@router.post("/habitants/{beneficiary_id}/copie", dependencies=[own(copied), traced(acts.COPY_ASKED)])
async def request_copy(
    command: FormCommand, asking: Copied, settings: CurrentSettings, beneficiary_id: BeneficiaryId
) -> Response:
    secret = settings.secret.get_secret_value()
    return await command.run(
        lambda tx: usecases.request_copy(tx, beneficiary_id, asking, secret),
        goto=lambda _: f"/habitants/{beneficiary_id}/copie",
        flash=lambda _: "La copie est demandée aux quatre services.",
    )


@router.get("/habitants/{beneficiary_id}/copie.pdf", dependencies=[own(copied), traced(acts.COPY_HANDED)])
async def copy_on_paper(
    transact: Transact, asking: Copied, settings: CurrentSettings, beneficiary_id: BeneficiaryId
) -> Response:
    secret = settings.secret.get_secret_value()
    handed = await transact(lambda tx: usecases.hand_copy(tx, beneficiary_id, asking, secret))
    return await on_paper(handed, settings)


@router.get("/habitants/{beneficiary_id}/copie.json", dependencies=[own(copied), traced(acts.COPY_HANDED)])
async def copy_as_file(
    transact: Transact, asking: Copied, settings: CurrentSettings, beneficiary_id: BeneficiaryId
) -> Response:
    secret = settings.secret.get_secret_value()
    return as_file(await transact(lambda tx: usecases.hand_copy(tx, beneficiary_id, asking, secret)))


@router.get("/copies")
async def open_copies(page: Page, reading: Read, _: Administrator, settings: CurrentSettings) -> Response:
    """Lists those that not all services have answered; the law gives a month."""
    copies = [(copy, copy.is_late(page.now, settings.copies_due)) for copy in await queries.open_copies(reading)]
    return page.show("copies.html", copies=copies, due=settings.copies_due.days, words=wording)


@router.get(
    "/habitants/{beneficiary_id}/effacer", dependencies=[own_within(usecases.open_record), traced(acts.RECORD_READ)]
)
async def before_erasing(page: Page, look: Looking, settings: CurrentSettings) -> Response:
    async def shown(tx: Transaction, person: Beneficiary) -> Response:
        return page.show(
            "erase.html",
            person=person,
            books=await queries.books_of(tx, person.id),
            request=await queries.pending_request(tx, person.id),
            due_at=page.now + settings.erasure_grace,
            may=look.agent.kind == "administrator" or look.agent.follows(person),
            urgent=look.agent.kind == "administrator",
            centre=await queries.centre(tx, person.preferred_centre_id or person.centre_id),
            words=wording,
        )

    return await look(shown)


@router.post("/habitants/{beneficiary_id}/effacer", dependencies=[own(may_erase), traced(acts.ERASURE_REQUESTED)])
async def request_erasure(
    command: FormCommand, erasing: MayErase, beneficiary_id: BeneficiaryId, wanted: Annotated[Wanted, Form()]
) -> Response:
    asked, grace = erasing.asked(wanted.reason), erasing.grace
    return await command.run(
        lambda tx: usecases.request_erasure(tx, beneficiary_id, asked, grace=grace),
        goto=lambda request: f"/effacements/{request.number}",
        flash=lambda request: ASKED.format(request.number),
    )


@router.post(
    "/habitants/{beneficiary_id}/effacer/annuler", dependencies=[own(may_erase), traced(acts.ERASURE_WITHDRAWN)]
)
async def withdraw_erasure(command: FormCommand, erasing: MayErase, beneficiary_id: BeneficiaryId) -> Response:
    return await command.run(
        lambda tx: usecases.withdraw_erasure(tx, beneficiary_id, by=erasing.by),
        goto=lambda request: f"/effacements/{request.number}",
        flash=lambda _: WITHDRAWN,
    )


@router.post(
    "/habitants/{beneficiary_id}/effacer/tout-de-suite",
    dependencies=[Depends(allowed("administrator")), own(may_erase), traced(acts.ERASED)],
)
async def erase_at_once(
    page: Page,
    transact: Transact,
    erasing: MayErase,
    beneficiary_id: BeneficiaryId,
    wanted: Annotated[UrgentlyWanted, Form()],
) -> Response:
    asked = erasing.asked(wanted.reason)
    done = await transact(lambda tx: usecases.erase_at_once(tx, beneficiary_id, asked, erasing.digests))
    return page.redirect(
        f"/effacements/{done.number}",
        flash=f"C'est fait. Les données sont effacées ici. Donnez ce numéro à la personne : {done.number}.",
    )


@router.get("/effacements")
async def erasures(page: Page, reading: Read, _: Administrator) -> Response:
    requests = await queries.erasure_requests(reading)
    return page.show(
        "erasures.html",
        requests=[(request, request.state(page.now)) for request in requests],
        centres={centre.id: centre.name for centre in await queries.centres(reading)},
        erasures=await queries.erasures(reading),
        words=wording,
    )


@router.get("/effacements/{number}", dependencies=[shared("un numéro et des dates, sans nom")])
async def erasure(page: Page, reading: Read, _: Professional, number: str) -> Response:
    request, done = await queries.erasure_numbered(reading, number)
    state = request.state(page.now) if request else "executed"
    return page.show("erasure.html", number=number, request=request, state=state, erasure=done, words=wording)


async def on_paper(copy: PersonalCopy, settings: Settings) -> Response:
    """Prints with why it is stored, for whom, how long, and what one may ask: who reads paper may have no Internet."""
    besides = {
        "informs": settings.data_url,
        "legal": settings.legal.model_dump(),
        "lasts": in_words(settings),
    }
    return _answer(await printed.pdf(SHEET, {**sheet(copy), **besides}), "application/pdf", "mes-donnees.pdf")


def as_file(copy: PersonalCopy) -> Response:
    """Writes the file whose JSON Schema is `contracts/schemas/copy.json`."""
    return _answer(copy.model_dump_json(indent=1).encode(), "application/json", "mes-donnees.json")


def _answer(body: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, headers=headers, media_type=kind)


def sheet(copy: PersonalCopy) -> Sheet:
    """Arranges the sheet; what is in no chapter comes last, also what a later version of a service has more."""
    sections = {f"{of.service}.{section.name}": (of, section) for of in copy.services for section in of.sections}
    chapters = [(title, names.split()) for title, names in wording.CHAPTERS]
    placed = {name for _, names in chapters for name in names}
    chapters.append((wording.OTHER_CHAPTER, [name for name in sections if name not in placed]))
    shown = [(title, [_section(*sections[name]) for name in names if name in sections]) for title, names in chapters]
    return {
        "name": copy.name,
        "asked": moment(copy.asked_at),
        "chapters": [{"title": title, "sections": theirs} for title, theirs in shown if theirs],
        "services": [
            {"name": wording.SERVICES[of.service], "at": moment(of.at), "nothing": not of.sections}
            for of in copy.services
        ],
    }


def _section(of: ServiceCopy, section: CopySection) -> Sheet:
    return {
        "title": section.title,
        "service": wording.SERVICES[of.service],
        "none": section.none,
        "lines": [line.text for line in section.lines],
    }
