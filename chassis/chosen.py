"""Reasons are chosen, never typed: they travel on the bus and outlive the person's name (rule 26)."""

from collections.abc import Collection

from pydantic import AfterValidator


def one_of(reasons: Collection[str]) -> AfterValidator:
    """For a field of a form: its refusal names what may be chosen."""

    def check(reason: str) -> str:
        if reason not in reasons:
            raise ValueError(f"choisissez une raison de la liste : {', '.join(reasons)}")
        return reason

    return AfterValidator(check)
