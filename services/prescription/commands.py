"""The first administrator's account is made by who is at the machine: nobody may sign in before."""

import argparse
from collections.abc import Sequence

from pydantic import ValidationError

from chassis.commands import noted
from chassis.db import Transaction
from chassis.runtime import Runtime
from chassis.web.problems import phrase
from services.prescription import acts, usecases
from services.prescription.model import AccountForm


async def account(runtime: Runtime, arguments: list[str]) -> None:
    """`account add E-MAIL --name NAME [--role administrator]`: they get a mail, and may sign in with that address."""
    form = asked(arguments)

    async def added(tx: Transaction) -> None:
        made = await usecases.add_administrator(tx, form.email, form.name)
        await noted(acts.ACCOUNT_INVITED, "account", made.id)(tx)

    await runtime.database.transact(added)
    print(f"{form.email} peut se connecter comme administrateur")


def asked(arguments: Sequence[str]) -> AccountForm:
    """Raises ValueError with a French sentence."""
    parser = argparse.ArgumentParser(prog="account", description="Le compte d'un administrateur.")
    parser.add_argument("act", choices=["add"])
    parser.add_argument("email", metavar="E-MAIL")
    parser.add_argument("--name", required=True)
    parser.add_argument("--role", choices=["administrator"], default="administrator")
    given = parser.parse_args(arguments)
    try:
        return AccountForm(name=given.name, email=given.email, roles=frozenset({given.role}))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{fault['loc'][0]} : {phrase({**fault})}") from None
