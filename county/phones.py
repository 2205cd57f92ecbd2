"""Telephone numbers as people in France write them: all French regions, extensions, and which take an SMS. Rule 4."""

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from contracts.words import PhoneKind

FRANCE = 33
OVERSEAS = {
    "590": 590, "690": 590, "691": 590,  # Guadeloupe, Saint-Martin, Saint-Barthélemy
    "594": 594, "694": 594, "695": 594,  # Guyane
    "596": 596, "696": 596, "697": 596,  # Martinique
    "262": 262, "263": 262, "692": 262, "693": 262, "269": 262, "639": 262,  # La Réunion, Mayotte
}  # fmt: skip
"""Dialled like any French number; from abroad they have a country code of their own."""
FRENCH = {FRANCE, 508, 681, 687, 689, *OVERSEAS.values()}
# Kept for fiction by the Arcep: demonstrations and tests never ring at anyone's home.
FICTION_MOBILE = "+3363998"
FICTION = (FICTION_MOBILE, "+3319900", "+3326191", "+3335301", "+3346571", "+3353649")
MOBILES = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
OF_SERVICES = {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.TOLL_FREE}
EXTENSION = re.compile(r"\s*[,;(]?\s*\b(?:poste|p\.)\s*(?:n°\s*)?(\d{1,6})\)?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Phone:
    """`number` is E.164, with «;ext=12» for an extension (RFC 3966). `kind` tells where the county's SMS arrive."""

    number: str
    kind: PhoneKind
    overseas: bool = False
    of_a_service: bool = False

    @property
    def bare(self) -> str:
        return self.number.partition(";")[0]


def read(text: str) -> Phone:
    """Raises ValueError with a French sentence when nobody could dial it."""
    try:
        number = phonenumbers.parse(EXTENSION.sub(r" ext. \1", text), "FR")
    except phonenumbers.NumberParseException as error:
        raise ValueError("ce numéro de téléphone n'est pas compris : écrivez un seul numéro") from error
    code = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if code.startswith(FICTION):
        return Phone(_with_extension(code, number), "mobile" if code.startswith(FICTION_MOBILE) else "landline")
    number = _in_its_region(number)
    if not phonenumbers.is_valid_number(number):
        raise ValueError("ce numéro de téléphone n'existe pas : vérifiez les chiffres")
    kind, of_a_service = _kind(number), phonenumbers.number_type(number) in OF_SERVICES
    code = _with_extension(phonenumbers.format_number(number, PhoneNumberFormat.E164), number)
    return Phone(code, kind, number.country_code in FRENCH - {FRANCE}, of_a_service)


def of_a_person(text: str) -> Phone:
    """Raises ValueError in French, for a number that costs extra or is a company's as well."""
    parsed = read(text)
    if parsed.of_a_service:
        raise ValueError("c'est le numéro d'un service, gratuit ou surtaxé : écrivez le numéro de la personne")
    return parsed


def _in_its_region(number: PhoneNumber) -> PhoneNumber:
    """«0692…» and «+33 692…» are of La Réunion: «+262 692…»."""
    national = str(number.national_number)
    if number.country_code == FRANCE and national[:3] in OVERSEAS:
        return PhoneNumber(OVERSEAS[national[:3]], number.national_number, extension=number.extension)
    return number


def _with_extension(code: str, number: PhoneNumber) -> str:
    return f"{code};ext={number.extension}" if number.extension else code


def _kind(number: PhoneNumber) -> PhoneKind:
    """An SMS is promised to a mobile that our contract reaches, and to no extension. Overseas is not in it."""
    mobile = phonenumbers.number_type(number) in MOBILES
    if number.country_code != FRANCE:
        return "landline" if number.country_code in FRENCH and not mobile else "foreign"
    return "mobile" if mobile and not number.extension else "landline"


def phone(value: str | None) -> str:
    """Write a number as people read it; nothing for none."""
    return written(value) if value else ""


def written(number: str) -> str:
    """Write «06 12 34 56 78» in France and overseas, «04 75 12 34 56 poste 12», else as dialled from France.

    Who writes to us may be called «+36180» or «+Orange»: that stays.
    """
    try:
        parsed = phonenumbers.parse(number, "FR")
    except phonenumbers.NumberParseException:
        return number
    how = PhoneNumberFormat.NATIONAL if parsed.country_code in FRENCH else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, how).replace(" ext. ", " poste ")
