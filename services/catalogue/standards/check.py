"""One raw record against the standard: a place, or none, and every remark that a person should read.

A required value that is bad costs the place; an optional one costs only itself. What can be put right is put right.
"""

from datetime import date

from chassis.plain import plain
from county.communes import Commune, former_called, former_coded
from services.catalogue.standards.commune import DROME, commune_for, contradicted
from services.catalogue.standards.draft import Draft
from services.catalogue.standards.old_words import in_new_words
from services.catalogue.standards.place import FIELDS, NO_PIVOT, OUR_LABEL, REQUIRED, Place
from services.catalogue.standards.position import settle_position
from services.catalogue.standards.record import RawRecord, Remark

SUMMARY_LENGTH = 280
ALL_FIELDS = set(FIELDS)
TOMORROW = "Cette date est dans le futur : la date du jour la remplace."
REFUSED = "Cette valeur est obligatoire : le lieu n'est pas repris."


def check(record: RawRecord, today: date = date.max) -> tuple[Place | None, tuple[Remark, ...]]:
    """Check one record. `today`: a date of tomorrow is a mistake."""
    draft = Draft(record.line)
    given = in_new_words(record)
    for field in FIELDS:
        draft.read(field, given.get(field, ()))
    settle_pivot(draft)
    settle_commune(draft)
    settle_position(draft)
    settle_summary(draft)
    settle_our_label(draft)
    settle_date(draft, today)
    refuse_without(draft)
    whole = all(field in draft.values for field in REQUIRED)
    return _light(Place.model_validate(draft.values)) if whole else None, tuple(draft.remarks)


def _light(place: Place) -> Place:
    """Which of its values were given nobody asks; a set of them for each place would be a third of a file's memory."""
    object.__setattr__(place, "__pydantic_fields_set__", ALL_FIELDS)
    return place


def settle_pivot(draft: Draft) -> None:
    """Write that there is no number; what was not taken has its remark already."""
    if any(remark.field == "pivot" for remark in draft.remarks):
        draft.values.setdefault("pivot", NO_PIVOT)
    elif "pivot" not in draft.values:
        draft.mend("pivot", NO_PIVOT, "Ni SIRET ni RNA : le lieu est repris sans.")


def settle_commune(draft: Draft) -> None:
    """Write the INSEE code and the official name of today in the Drôme. Elsewhere the file is left as it is."""
    name, postal_code, code = (draft.text(field) for field in ("commune", "code_postal", "code_insee"))
    commune = commune_for(name, postal_code, code)
    if commune is None:
        settle_strange_code(draft, contradicted(name, postal_code, code))
        return
    former, merged = former_called(name, commune), former_coded(code)
    since = f"{merged.sentence} " if merged else ""
    draft.mend("code_insee", commune.insee, f"{since}Le code INSEE est celui de {commune.name} : {commune.insee}.")
    if former and plain(former.name) != plain(commune.name):
        draft.mend("commune", commune.name, f"{former.sentence} Le nom d'avant est dans le complément d'adresse.")
        draft.values.setdefault("complement_adresse", former.name)
    draft.mend("commune", commune.name, f"Le nom officiel de la commune est {commune.name}.")


def settle_strange_code(draft: Draft, coded: Commune | None) -> None:
    """Drop a strange code: it moves no address that its name and its postal code put elsewhere."""
    code = draft.text("code_insee")
    if coded:
        sentence = f"Ce code INSEE est celui de {coded.name} ; le nom et le code postal disent autre chose."
    elif code and code == draft.text("code_postal"):
        sentence = "C'est un code postal, pas un code INSEE."
    elif code.startswith(DROME):
        sentence = "Ce code INSEE n'est celui d'aucune commune de la Drôme."
    else:
        return
    draft.drop(("code_insee",), f"{sentence} Il n'est pas repris.")


def settle_date(draft: Draft, today: date) -> None:
    day = draft.values.get("date_maj")
    if isinstance(day, date) and day > today:
        draft.values["date_maj"] = today
        draft.remark("date_maj", day.isoformat(), "mended", TOMORROW)


def settle_summary(draft: Draft) -> None:
    """Cut too long a summary; it stays whole as the description when there is none."""
    summary = draft.text("presentation_resume")
    if len(summary) > SUMMARY_LENGTH:
        draft.values.setdefault("presentation_detail", summary)
        cut = summary[: SUMMARY_LENGTH - 1].rstrip() + "…"
        draft.mend("presentation_resume", cut, "Le résumé est coupé à 280 caractères.")


def settle_our_label(draft: Draft) -> None:
    """Take our label away: we wrote it there ourselves when we published the place."""
    others = draft.values.pop("autres_formations_labels", ())
    if labels := tuple(word for word in others if word != OUR_LABEL) if isinstance(others, tuple) else ():
        draft.values["autres_formations_labels"] = labels


def refuse_without(draft: Draft) -> None:
    """Refuse a place without a required value, for the reason for which that value was not taken."""
    for field in REQUIRED:
        if field in draft.values:
            continue
        reasons = [remark for remark in draft.remarks if remark.field == field]
        draft.remarks = [remark for remark in draft.remarks if remark not in reasons]
        value, reason = (reasons[-1].value, f"{reasons[-1].sentence} ") if reasons else ("", "")
        draft.remark(field, value, "refused", reason + REFUSED)
