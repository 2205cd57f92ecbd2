"""Which phones can receive an SMS: only French mobiles are promised one. Rule 4."""

from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberType

from contracts.words import PhoneKind

FRANCE = 33
# Kept for fiction by the Arcep: demonstrations and tests never ring at anyone's home.
FICTION_MOBILE = "+3363998"
FICTION = (FICTION_MOBILE, "+3319900", "+3326191", "+3335301", "+3346571", "+3353649")
MOBILES = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


@dataclass(frozen=True)
class Phone:
    """`number` is E.164."""

    number: str
    kind: PhoneKind


def read(text: str) -> Phone:
    """Raises ValueError with a French sentence when nobody could dial it."""
    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException as error:
        raise ValueError("ce numéro de téléphone n'est pas compris") from error
    code = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if code.startswith(FICTION):
        return Phone(code, "mobile" if code.startswith(FICTION_MOBILE) else "landline")
    if not phonenumbers.is_valid_number(number):
        raise ValueError("ce numéro de téléphone n'existe pas : vérifiez les chiffres")
    return Phone(code, _kind(number))


def _kind(number: phonenumbers.PhoneNumber) -> PhoneKind:
    if number.country_code != FRANCE:
        return "foreign"
    return "mobile" if phonenumbers.number_type(number) in MOBILES else "landline"
