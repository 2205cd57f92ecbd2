"""The copy as it is handed to the person: on paper, by chapters, or as a file for another program."""

from starlette.responses import Response

from chassis import printed
from chassis.web.french import moment
from contracts.copies import CopySection, PersonalCopy, ServiceCopy
from county.law.pages import in_words
from services.prescription import wording
from services.prescription.settings import Settings
from services.prescription.web.printing import TEMPLATES, Sheet

SHEET = TEMPLATES / "copy.typ"


async def on_paper(copy: PersonalCopy, settings: Settings) -> Response:
    """With why it is stored, for whom, how long, and what one may ask: who reads paper may have no Internet."""
    besides = {
        "informs": settings.data_url,
        "legal": settings.legal.model_dump(),
        "lasts": in_words(settings),
    }
    return _answer(await printed.pdf(SHEET, {**sheet(copy), **besides}), "application/pdf", "mes-donnees.pdf")


def as_file(copy: PersonalCopy) -> Response:
    """Its JSON Schema is `contracts/schemas/copy.json`."""
    return _answer(copy.model_dump_json(indent=1).encode(), "application/json", "mes-donnees.json")


def _answer(body: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, headers=headers, media_type=kind)


def sheet(copy: PersonalCopy) -> Sheet:
    """As the sheet shows it; what is in no chapter comes last, also what a later version of a service has more."""
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
