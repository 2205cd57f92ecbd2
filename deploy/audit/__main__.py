"""python -m deploy.audit [--system FOLDER] [--wait SECONDS] [--json]: 0 they agree, 1 they differ, 2 not yet known."""

import argparse
import asyncio
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import asyncpg
from aiokafka.errors import KafkaError

from deploy.audit.audit import Verdict, look
from deploy.audit.settings import SettingMissing, Where, of_environment, of_system

AGREE, DIFFER, TOO_EARLY = 0, 1, 2
LOOK_EVERY = 1.0  # seconds
WAIT = 30.0  # seconds
UNREACHABLE = (
    SettingMissing,
    OSError,
    KafkaError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.CannotConnectNowError,
)


async def settled(where: Where, wait: float) -> Verdict:
    """Looks again until everything has come to rest, or the time is over."""
    deadline = time.monotonic() + wait
    while True:
        verdict = await look(where)
        if not verdict.waiting or time.monotonic() > deadline:
            return verdict
        await asyncio.sleep(LOOK_EVERY)


def tell(verdict: Verdict) -> None:
    for check in verdict.checks:
        print(f"{check.name:28} {check.size:7} comparés {len(check.differences):5} écarts")
    for check in verdict.checks:
        for difference in check.differences:
            print(f"  {check.name} : {difference}")
    for reason in verdict.waiting:
        print(f"Pas encore au repos : {reason}")
    print(f"{len(verdict.checks)} comparaisons, {verdict.differences} écarts")


def as_json(verdict: Verdict) -> str:
    checks = [asdict(check) for check in verdict.checks]
    whole = {"at_rest": not verdict.waiting, "under_way": [*verdict.waiting], "differences": verdict.differences}
    return json.dumps({**whole, "checks": checks}, ensure_ascii=False, indent=1)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.audit", description=__doc__)
    parser.add_argument("--system", type=Path, help="dossier d'un système de deploy.local, à la place des variables")
    parser.add_argument("--wait", type=float, default=WAIT, help="secondes à attendre que tout soit au repos")
    parser.add_argument("--json", action="store_true", help="le résultat en JSON")
    asked = parser.parse_args()
    try:
        where = of_system(asked.system) if asked.system else of_environment()
        verdict = asyncio.run(settled(where, asked.wait))
    except UNREACHABLE as missing:
        print(f"Rien n'a pu être comparé : {type(missing).__name__} : {missing}", file=sys.stderr)
        return TOO_EARLY
    print(as_json(verdict)) if asked.json else tell(verdict)
    if verdict.waiting:
        return TOO_EARLY
    return DIFFER if verdict.differences else AGREE


if __name__ == "__main__":
    sys.exit(main())
