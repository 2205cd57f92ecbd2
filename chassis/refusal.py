"""A rule says no: every refusal is a class with an HTTP status and a French sentence for the person."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class Refusal(Exception):
    """The message says why and what to do next, in plain French, without other people's personal data.

    `status` is the HTTP status; `slug` names the kind of problem in the API's answer (RFC 9457); `template` is the page
    that says so to a person; `headers` are those that HTTP asks for besides.
    """

    status: ClassVar[int] = 409
    template: ClassVar[str] = "refused.html"
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    @property
    def slug(self) -> str:
        name = type(self).__name__
        return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).strip("-")


class NotFound(Refusal):
    status = 404


class NotAllowed(Refusal):
    status = 403


class Invalid(Refusal):
    """The request can't be understood or breaks a format."""

    status = 422
