"""E-mail addresses, as people say them and as they are sent."""

import re

import email_validator
from email_validator import EmailNotValidError, validate_email

email_validator.SPECIAL_USE_DOMAIN_NAMES.remove("invalid")  # RFC 2606: demonstrations and tests write to nobody

COMPLETE = re.compile(r"[^@\s]+\.[^@\s.]{2,}")


def email_address(text: str) -> str:
    """Reads an address as it is sent: in lower case, the domain in punycode. No name server is asked.

    Raises ValueError with a French sentence that says what to look at.
    """
    try:
        address = validate_email(text, allow_smtputf8=False, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise ValueError(_why_not(text)) from error
    if not COMPLETE.fullmatch(address.domain):
        raise ValueError(_why_not(text))
    return (address.ascii_email or address.normalized).lower()


def _why_not(text: str) -> str:
    name, _, domain = text.rpartition("@")
    if text.count("@") != 1:
        return "une adresse e-mail a un seul @ : écrivez une seule adresse, en entier"
    if re.search(r"\s", text):
        return "une adresse e-mail n'a pas d'espace"
    if not name.isascii():
        return "une adresse e-mail n'a pas d'accent avant le @ : demandez comment elle s'écrit"
    if not COMPLETE.fullmatch(domain):
        return "la fin de l'adresse e-mail manque : elle s'écrit comme «@exemple.fr»"
    return "cette adresse e-mail n'existe pas ainsi : vérifiez chaque caractère"
