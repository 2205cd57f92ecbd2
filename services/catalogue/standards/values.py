"""One value of one field: taken, put right, or dropped with a reason. Formats: domain.md, «National standards»."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from math import isfinite

from chassis.texts import FORMULA, one_line, unseen
from county import phones
from services.catalogue.standards.damage import ZERO, day_of, decoded
from services.catalogue.standards.opening_hours import are_opening_hours
from services.catalogue.standards.record import Severity
from services.catalogue.standards.siret import LENGTH, is_siret, with_its_zero
from services.catalogue.standards.words import CLOSED, spelled

Value = str | float | date | None

PIVOT = re.compile(r"[a-zA-Z0-9]{9,14}")
POSTAL_CODE = re.compile(r"[0-9]{5}")
INSEE = re.compile(r"([013-9][0-9]|2[AB1-9])[0-9]{3}")
PHONE = re.compile(r"\+(33|590|594|262|596|269|687|689|508|681)[0-9]{6,9}")
E_MAIL = re.compile(r"[^\s@|;,<>\"]+@[^\s@|;,<>\"]+\.[a-zA-Z]{2,}")
ADDRESS = re.compile(r"https?://[^\s/?#@|]+\.[a-zA-Z]{2,}(:[0-9]+)?([/?#][^\s|]*)?")
UNCARRIED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
EXAMPLE = re.compile(r"\(ex\..*\)")


@dataclass(frozen=True)
class Finding:
    value: Value = None
    severity: Severity | None = None
    sentence: str = ""


Reader = Callable[[str], Finding]


def dropped(sentence: str) -> Finding:
    return Finding(None, "dropped", sentence)


def mended(value: Value, sentence: str) -> Finding:
    return Finding(value, "mended", sentence)


def clean(text: str) -> str:
    """Trim the lines, drop the control characters and half characters that no file can carry back."""
    if text.isprintable():  # most are
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in text.splitlines())
    return UNCARRIED.sub("", "\n".join(lines).strip())


def words(text: str) -> Finding:
    finding = paragraphs(text)
    return replace(finding, value=one_line(str(finding.value))) if "\n" in str(finding.value) else finding


def paragraphs(text: str) -> Finding:
    """Take away what nobody sees, and what a spreadsheet would calculate with."""
    right = decoded(text)
    seen = "\n".join(map(one_line, right.splitlines()))
    if not any(c.isalnum() for c in seen):
        return dropped("Ce texte ne dit rien : il n'est pas repris.")
    plain = seen
    while FORMULA.match(plain):
        plain = plain[1:].lstrip()
    if plain != seen:
        return mended(plain, "Ce texte commençait comme une formule de tableur : le signe du début est enlevé.")
    if right != text:
        return mended(seen, "Les accents de ce texte avaient été convertis deux fois : ils sont rétablis.")
    hidden = seen != text and any(map(unseen, text.splitlines()))
    return mended(seen, "Ce texte contenait des caractères invisibles : ils sont enlevés.") if hidden else Finding(seen)


def matched(text: str, *, pattern: re.Pattern[str], sentence: str) -> Finding:
    bare = re.sub(r"\s", "", text)
    if not pattern.fullmatch(bare):
        return dropped(sentence)
    return Finding(bare) if bare == text else mended(bare, "Les espaces ont été retirés.")


def pivot(text: str) -> Finding:
    """Read a SIRET with its key, or an RNA."""
    bare = re.sub(r"[\s.-]", "", text)
    if whole := with_its_zero(bare):
        return mended(whole, ZERO)
    if not PIVOT.fullmatch(bare):
        return dropped("Ce n'est ni un SIRET ni un RNA : le lieu est repris sans.")
    if re.fullmatch(r"[0-9]+", bare) and not is_siret(bare):
        faulty = "un chiffre est faux" if len(bare) == LENGTH else f"il a {len(bare)} chiffres au lieu de {LENGTH}"
        return dropped(f"Ce SIRET n'existe pas, {faulty} : le lieu est repris sans.")
    return Finding(bare) if bare == text else mended(bare, "Les espaces ont été retirés.")


def street(text: str) -> Finding:
    """Read an address; a form once published its own example as one, and nobody sent there would find the place."""
    if EXAMPLE.fullmatch(text):
        return dropped("C'est l'exemple du formulaire, pas une adresse : écrivez l'adresse du lieu.")
    return words(text)


def degrees(text: str, *, limit: int) -> Finding:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return dropped("Ce n'est pas un nombre : la position n'est pas reprise.")
    if not isfinite(number) or abs(number) > limit:
        return dropped("Cette position n'est pas sur Terre : elle n'est pas reprise.")
    return mended(number, "La virgule est devenue un point.") if "," in text else Finding(number)


def phone(text: str) -> Finding:
    """Write a number in international form without a space; of several the first."""
    first = re.split(r"[|/;]| ou ", text)[0]
    try:
        number = phones.read(first)
    except ValueError:
        return dropped("Ce numéro de téléphone est illisible ou n'existe pas : il n'est pas repris.")
    if not PHONE.fullmatch(number.bare):
        return dropped("Ce n'est pas un numéro de téléphone français : il n'est pas repris.")
    if number.bare != number.number:
        return mended(number.bare, "Le numéro est repris sans son poste : le standard n'a pas de place pour lui.")
    if number.bare == text:
        return Finding(text)
    return mended(number.bare, "Le numéro est mis au format international.")


def web(text: str) -> Finding:
    if ADDRESS.fullmatch(text):
        return Finding(text)
    if ADDRESS.fullmatch(whole := f"https://{text}"):
        return mended(whole, "«https://» manquait : il est ajouté.")
    return dropped("Ce n'est pas une adresse de site : elle n'est pas reprise.")


def hours(text: str) -> Finding:
    line = " ".join(text.split()).strip("; ")
    if not are_opening_hours(line):
        return dropped(
            "Ces horaires ne sont pas au format OpenStreetMap, «Mo-Fr 09:00-12:00» : ils ne sont pas repris."
        )
    return Finding(line) if line == text else mended(line, "La ponctuation des horaires est corrigée.")


def day(text: str) -> Finding:
    try:
        value = day_of(text) or date.fromisoformat(text[:10])
    except ValueError:
        return dropped("La date de mise à jour doit s'écrire année-mois-jour, «2026-03-31».")
    if value.isoformat() == text:
        return Finding(value)
    return mended(value, f"La date est mise au format année-mois-jour : {value.isoformat()}.")


@lru_cache(1024)  # the same few words in every record
def listed(text: str, *, field: str) -> Finding:
    word = spelled(field, text)
    if word is None:
        return dropped("Ce mot n'est pas dans la liste du standard : il n'est pas repris.")
    return Finding(word) if word == text else mended(word, f"Écrit «{word}» comme le standard.")


READERS: Mapping[str, Reader] = {
    "pivot": pivot,
    "code_postal": partial(matched, pattern=POSTAL_CODE, sentence="Un code postal a cinq chiffres."),
    "code_insee": partial(matched, pattern=INSEE, sentence="Ce n'est pas un code INSEE : il n'est pas repris."),
    "adresse": street,
    "latitude": partial(degrees, limit=90),
    "longitude": partial(degrees, limit=180),
    "telephone": phone,
    "courriels": partial(matched, pattern=E_MAIL, sentence="Ce n'est pas une adresse e-mail : elle n'est pas reprise."),
    "site_web": web,
    "horaires": hours,
    "presentation_resume": paragraphs,
    "presentation_detail": paragraphs,
    "date_maj": day,
    "fiche_acces_libre": web,
    "prise_rdv": web,
    **{field: partial(listed, field=field) for field in CLOSED},
}


def reader_of(field: str) -> Reader:
    return READERS.get(field, words)
