"""A resident is registered, in one form that comes back as it was typed; and changes how they can be reached."""

from typing import Any

from starlette.responses import Response

from chassis.bounds import Question
from chassis.db import Reading
from chassis.refusal import Refusal
from chassis.web import FormCommand, Page, Read, Transact, own, own_within, shared, traced
from chassis.web.page import Pages
from contracts.ids import BeneficiaryId
from county.communes import all_communes, name_of
from services.prescription import acts, queries, usecases, wording
from services.prescription.access import Counting, Looking, Opened, Prescriber, opened
from services.prescription.model import (
    AlreadyKnown,
    Beneficiary,
    BornInTheFuture,
    LooksAlike,
    Registration,
    residence,
)
from services.prescription.model.beneficiary import REMEMBERED
from services.prescription.model.names import OddAge
from services.prescription.web.forms import Form, Typed, labelled_router

router = labelled_router()

SHOWN_AGAIN = (AlreadyKnown, LooksAlike, BornInTheFuture, OddAge)
UNREADABLE = 422
NAME_WAITS = "Un administrateur va décider pour le nom et la date de naissance. Le reste de la fiche est à jour."


def understood(typed: Typed) -> Registration | Typed:
    """The commune is typed as a name or a postal code; when that is not enough, it is asked."""
    lives = residence.read(typed.value("commune"), typed.value("commune_insee"))
    if lives.commune is None:
        return Typed({**typed.values, "commune_insee": []}, {"commune": lives.question}).read(Registration)
    form = typed.filled("commune_insee", lives.commune.insee).read(Registration)
    return form if isinstance(form, Registration) else form.filled("commune", lives.commune.label)


def settled(typed: Typed, form: Registration) -> Typed:
    """Gives the form with the commune that was chosen, so that it is not asked again."""
    return typed.filled("commune", all_communes()[form.commune_insee].label)


async def shown(page: Pages, reading: Reading, typed: Typed, status: int = 200, **more: Any) -> Response:  # noqa: ANN401 - a template's values
    lives = residence.read(typed.value("commune"), typed.value("commune_insee"))
    values = {"refusal": None, "action": "/habitants", "decision": "/habitants/decision", "person": None, **more}
    return page.show(
        "register.html",
        status=status,
        typed=typed,
        among=lives.among if typed.fault("commune") else (),
        outside=residence.OUTSIDE,
        centres=await queries.open_centres(reading),
        communes=all_communes().values(),
        words=wording,
        name_of=name_of,
        **values,
    )


@router.get("/habitants/nouveau", dependencies=[shared("un formulaire vide")])
async def new_person(page: Page, reading: Read, _: Prescriber, q: Question = "") -> Response:
    name = q if not any(map(str.isdigit, q)) else ""
    return await shown(page, reading, Typed({"last_name": [name], "channel": ["sms"]}))


@router.post("/habitants", dependencies=[shared("une nouvelle fiche"), traced(acts.REGISTERED)])
async def register(page: Page, command: FormCommand, typed: Form, who: Prescriber, alike: Counting) -> Response:
    form = understood(typed)
    if isinstance(form, Typed):
        return await shown_again(page, form)
    try:
        return await command.run(
            lambda tx: usecases.register(tx, form, by=who.prescriber_id),
            goto=lambda person: f"/habitants/{person.id}",
        )
    except SHOWN_AGAIN as refusal:
        await alike(refusal)
        return await shown_again(page, settled(typed, form), refusal)


@router.post("/habitants/decision", dependencies=[shared("une nouvelle fiche"), traced(acts.CLAIMED)])
async def ask_for_a_decision(page: Page, command: FormCommand, typed: Form, who: Prescriber) -> Response:
    """«It is not the same person»: the registration waits for an administrator."""
    form = understood(typed)
    if isinstance(form, Typed):
        return await shown_again(page, form)
    return await command.run(
        lambda tx: usecases.claim(tx, form, by=who.prescriber_id), goto=lambda _: "/habitants/decision-demandee"
    )


async def shown_again(page: Pages, typed: Typed, refusal: Refusal | None = None) -> Response:
    async with page.reading() as reading:
        return await shown(page, reading, typed, refusal.status if refusal else UNREADABLE, refusal=refusal)


@router.get("/habitants/decision-demandee", dependencies=[shared("une phrase")])
async def decision_asked(page: Page, _: Prescriber) -> Response:
    return page.show("decision_asked.html")


@router.get(
    "/habitants/{beneficiary_id}/modifier", dependencies=[own_within(usecases.open_record), traced(acts.RECORD_READ)]
)
async def edit(page: Page, look: Looking) -> Response:
    return await look(lambda tx, person: shown(page, tx, written(person), **about(person)))


@router.post("/habitants/{beneficiary_id}/modifier", dependencies=[own(opened), traced(acts.CHANGED)])
async def change(
    page: Page, transact: Transact, typed: Form, beneficiary_id: BeneficiaryId, alike: Counting
) -> Response:
    form = understood(typed)
    if isinstance(form, Typed):
        return await edited(page, beneficiary_id, form)
    try:
        await transact(lambda tx: usecases.change_person(tx, beneficiary_id, form, by=alike.agent))
    except SHOWN_AGAIN as refusal:
        await alike(refusal)
        return await edited(page, beneficiary_id, settled(typed, form), refusal)
    return page.redirect(f"/habitants/{beneficiary_id}", flash="La fiche est à jour.")


@router.post("/habitants/{beneficiary_id}/decision", dependencies=[own(opened), traced(acts.CLAIMED)])
async def ask_about_a_name(
    page: Page, command: FormCommand, typed: Form, asking: Opened, beneficiary_id: BeneficiaryId
) -> Response:
    """«It is not the same person»: the name waits for an administrator."""
    form = understood(typed)
    if isinstance(form, Typed):
        return await edited(page, beneficiary_id, form)
    return await command.run(
        lambda tx: usecases.claim_name(tx, beneficiary_id, form, by=asking),
        goto=lambda _: f"/habitants/{beneficiary_id}",
        flash=lambda _: NAME_WAITS,
    )


async def edited(page: Pages, beneficiary_id: BeneficiaryId, typed: Typed, refusal: Refusal | None = None) -> Response:
    """Shows the form again."""
    async with page.reading() as reading:
        person = await queries.person(reading, beneficiary_id)
        status = refusal.status if refusal else UNREADABLE
        return await shown(page, reading, typed, status, refusal=refusal, **about(person))


def about(person: Beneficiary) -> dict[str, Any]:
    address = f"/habitants/{person.id}"
    return {"action": f"{address}/modifier", "decision": f"{address}/decision", "person": person}


def written(person: Beneficiary) -> Typed:
    """Fills the form as it would have been filled."""
    fields = (name for name in Registration.model_fields if name not in REMEMBERED)
    values = {name: [str(value)] for name in fields if (value := getattr(person, name)) is not None}
    several: dict[str, list[str]] = {"audiences": [*person.audiences], "support_needs": [*person.support_needs]}
    return Typed({**values, **several, "commune": [name_of(person.commune_insee)]})
