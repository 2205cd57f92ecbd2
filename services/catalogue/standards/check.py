"""One raw record against the standard: a place, or none, and every remark that a person should read.

A required value that is bad costs the place; an optional one costs only itself. What can be put right is put right.
"""

from services.catalogue.standards.commune import commune_for
from services.catalogue.standards.draft import Draft
from services.catalogue.standards.old_words import in_new_words
from services.catalogue.standards.place import FIELDS, NO_PIVOT, OUR_LABEL, REQUIRED, Place
from services.catalogue.standards.record import Record, Remark

SUMMARY_LENGTH = 280
REFUSED = "Cette valeur est obligatoire : le lieu n'est pas repris."


def check(record: Record) -> tuple[Place | None, tuple[Remark, ...]]:
    draft = Draft(record.line)
    given = in_new_words(record)
    for field in FIELDS:
        draft.read(field, given.get(field, ()))
    settle_pivot(draft)
    settle_commune(draft)
    settle_position(draft)
    settle_summary(draft)
    settle_our_label(draft)
    refuse_without(draft)
    whole = all(field in draft.values for field in REQUIRED)
    return Place.model_validate(draft.values) if whole else None, tuple(draft.remarks)


def settle_pivot(draft: Draft) -> None:
    if "pivot" not in draft.values:
        draft.mend("pivot", NO_PIVOT, "Ni SIRET ni RNA : le lieu est repris sans.")


def settle_commune(draft: Draft) -> None:
    """The INSEE code and the official name, for a commune of the Drôme. Elsewhere the file is left as it is."""
    commune = commune_for(draft.text("commune"), draft.text("code_postal"), draft.text("code_insee"))
    if commune is None:
        return
    draft.mend("code_insee", commune.insee, f"Le code INSEE est celui de {commune.name} : {commune.insee}.")
    draft.mend("commune", commune.name, f"Le nom officiel de la commune est {commune.name}.")


def settle_position(draft: Draft) -> None:
    position = [draft.values.get("latitude"), draft.values.get("longitude")]
    if None in position:
        draft.drop(("latitude", "longitude"), "Une position a une latitude et une longitude : elle n'est pas reprise.")
    elif position == [0, 0]:
        draft.drop(("latitude", "longitude"), "Cette position est au milieu de l'océan : elle n'est pas reprise.")


def settle_summary(draft: Draft) -> None:
    """Too long a summary is cut, and kept whole as the description when there is none."""
    summary = draft.text("presentation_resume")
    if len(summary) > SUMMARY_LENGTH:
        draft.values.setdefault("presentation_detail", summary)
        cut = summary[: SUMMARY_LENGTH - 1].rstrip() + "…"
        draft.mend("presentation_resume", cut, "Le résumé est coupé à 280 caractères.")


def settle_our_label(draft: Draft) -> None:
    """We wrote it there ourselves when we published the place: it is no news."""
    others = draft.values.pop("autres_formations_labels", ())
    if kept := tuple(word for word in others if word != OUR_LABEL) if isinstance(others, tuple) else ():
        draft.values["autres_formations_labels"] = kept


def refuse_without(draft: Draft) -> None:
    """The reason for which a required value was left aside becomes the reason for which the place is."""
    for field in REQUIRED:
        if field in draft.values:
            continue
        told = [remark for remark in draft.remarks if remark.field == field]
        draft.remarks = [remark for remark in draft.remarks if remark not in told]
        value, reason = (told[-1].value, f"{told[-1].sentence} ") if told else ("", "")
        draft.remark(field, value, "refused", reason + REFUSED)
