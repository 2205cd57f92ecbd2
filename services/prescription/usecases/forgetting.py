"""A database that was put back still has whom we have forgotten since: who is on the list is forgotten again. Rule 27.

The list names nobody: it has digests, by which only who has the secret finds the records.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from chassis.db import Transaction
from contracts.ids import BeneficiaryId
from services.prescription import queries
from services.prescription.model import Agent, Asked, Beneficiary, Digests, ErasureRequest
from services.prescription.usecases.erasures import erase

AGAIN = "repris après une restauration de la base"
RESTORED = Asked("restored", Agent("", AGAIN, "system"))


@dataclass(frozen=True)
class Forgotten:
    """One line of the list."""

    number: str
    executed_at: datetime
    id_digests: frozenset[bytes]
    name_digest: bytes

    @classmethod
    def of(cls, request: ErasureRequest) -> Self:
        assert request.executed_at  # noqa: S101 - only these are listed
        digests = frozenset(request.id_digests)
        return cls(request.number, request.executed_at, digests, request.name_digest or b"")

    @classmethod
    def read(cls, line: str) -> Self:
        """Reads a line of the list. Raises ValueError with a French sentence."""
        try:
            values = json.loads(line)
            ids = frozenset(map(bytes.fromhex, values["ids"]))
            return cls(
                values["number"], datetime.fromisoformat(values["executed_at"]), ids, bytes.fromhex(values["name"])
            )
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"Cette ligne n'est pas de la liste des effacements : {line[:60]}") from None

    def written(self) -> str:
        ids = sorted(digest.hex() for digest in self.id_digests)
        at = self.executed_at.isoformat()
        return json.dumps({"number": self.number, "executed_at": at, "ids": ids, "name": self.name_digest.hex()})


async def forget_again(tx: Transaction, forgotten: Sequence[Forgotten], digests: Digests) -> Sequence[str]:
    """Erase whoever of them is here, and tell the other services. Answers the numbers of their requests."""
    people = await queries.everybody(tx)
    by_id = {digests.of_id(id_): person for id_, person in (await queries.by_every_id(tx, people)).items()}
    by_name = {digests.of_name(person): person for person in people}
    numbers = {person.id: line.number for line in forgotten for person in _whom(line, by_id, by_name)}
    for beneficiary_id, number in numbers.items():
        await ask_again(tx, beneficiary_id, number)
        await erase(tx, beneficiary_id, cause="asked", by=AGAIN, digests=digests)
    return [*numbers.values()]


def _whom(
    line: Forgotten, by_id: Mapping[bytes, Beneficiary], by_name: Mapping[bytes, Beneficiary]
) -> Iterable[Beneficiary]:
    """By an id that was theirs; or by their name and birth date, unless they came back after they were erased."""
    people = {by_id[digest].id: by_id[digest] for digest in line.id_digests if digest in by_id}
    namesake = by_name.get(line.name_digest)
    if namesake and namesake.registered_at <= line.executed_at:
        people[namesake.id] = namesake
    return people.values()


async def ask_again(tx: Transaction, beneficiary_id: BeneficiaryId, number: str = "") -> None:
    """Store a request that is due at once, unless they wait here to be erased already."""
    if await queries.pending_request(tx, beneficiary_id):
        return
    request = ErasureRequest.asked(beneficiary_id, RESTORED, now=tx.now, grace=timedelta(0))
    if number and not await queries.request_of(tx, number):
        request.number = number
    tx.add(request)
    await tx.flush()
