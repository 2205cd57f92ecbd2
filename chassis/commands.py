"""The commands of a service: `python -m services.X serve`, `migrate`, `parked`, `losses` and others, and its own."""

import argparse
import asyncio
import faulthandler
import gc
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from socket import socket

import uvicorn
from aiokafka.errors import KafkaError
from sqlalchemy import make_url

from chassis import journal, losses, migration, parking, rekeying, republishing, telemetry, tracing
from chassis.binding import NotThisDatabase
from chassis.clock import PARIS
from chassis.db import Transaction
from chassis.journal import Act, Doing
from chassis.refusal import Refusal
from chassis.runtime import Runtime
from chassis.site import Site
from chassis.web.frame import made_ready
from chassis.web.journal_pages import DISCARDED, REPLAYED, SETTLED

COLLECT = (50_000, 20, 50)
ANSWERED_WITHIN = 10  # seconds, for requests that are being answered when the port closes
GONE_WITHIN = 40.0  # seconds after the drain time: then it says where it hangs, and is gone
LOOK_EVERY = 0.1  # seconds

SINCE = "--since"
Command = Callable[[Runtime, list[str]], Awaitable[None]]


def main(
    create_site: Callable[[], Site], own: Mapping[str, Command] | None = None, own_help: Mapping[str, str] | None = None
) -> None:
    """Run a command; exit with 0 when done, 1 with a French sentence when refused.

    `own_help`: what its `own` commands do.

    What is asked is read first: help needs no settings.
    """
    commands = {**COMMANDS, **(own or {})}
    asked = parsed([*commands], own or {}, own_help or {})
    arguments = [*asked.arguments, *([SINCE, asked.since] if asked.since else [])]
    site = create_site()
    runtime = site.runtime
    settings = runtime.declared.settings
    telemetry.configure(settings.service, settings.log_level)
    tracing.configure(settings.service)
    if asked.command == "serve":
        serve(site)
    else:
        asyncio.run(_run(runtime, commands[asked.command], arguments))


def parsed(commands: Sequence[str], own: Collection[str], own_help: Mapping[str, str]) -> argparse.Namespace:
    """Read what is asked; options that only one of the service's `own` commands has are left to it."""
    parser = argparse.ArgumentParser(
        description="Pass numérique : un service et ses commandes.",
        epilog="\n".join(f"{name} : {text}" for name, text in own_help.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", default="serve", choices=["serve", *commands])
    parser.add_argument("arguments", nargs="*")
    parser.add_argument("--since", help="depuis ce moment, par exemple 2027-01-31T14:00+01:00")
    asked, options = parser.parse_known_args()
    if options and asked.command not in own:
        parser.error(f"option inconnue : {' '.join(options)}")
    asked.arguments += options
    return asked


def serve(site: Site) -> None:
    """Batches make many objects that live for a moment: rarer collections apply half as many records more a second."""
    gc.freeze()
    gc.set_threshold(*COLLECT)
    settings = site.runtime.declared.settings
    site.runtime.give_up = partial(signal.raise_signal, signal.SIGTERM)
    app = site.application()
    made_ready(app)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # the application believes its own gateways alone
        server_header=False,
        timeout_graceful_shutdown=ANSWERED_WITHIN,
    )
    server = Draining(config, site.runtime)
    server.run(sockets(config, settings.internal_port) if settings.internal_port else None)
    if not server.started:
        sys.exit(1)


def sockets(config: uvicorn.Config, internal_port: int) -> list[socket]:
    """Open the public port, and the one where the service is watched (`chassis.web.middleware`)."""
    watched = uvicorn.Config(config.app, host=config.host, port=internal_port, log_config=None)
    return [config.bind_socket(), watched.bind_socket()]


class Draining(uvicorn.Server):
    """Told to end, it is unready first, serves on for the drain time, and ends within a bound whatever hangs."""

    def __init__(self, config: uvicorn.Config, runtime: Runtime) -> None:
        super().__init__(config)
        self.runtime = runtime

    async def main_loop(self) -> None:
        await super().main_loop()
        drain = self.runtime.declared.settings.drain
        faulthandler.dump_traceback_later(drain + GONE_WITHIN, exit=True)
        self.runtime.ending = True
        over = time.monotonic() + drain
        while time.monotonic() < over and not self.force_exit:  # noqa: ASYNC110 - a second signal sets it
            await asyncio.sleep(LOOK_EVERY)


async def _run(runtime: Runtime, command: Command, arguments: list[str]) -> None:
    try:
        await command(runtime, arguments)
    except (Refusal, NotThisDatabase, ValueError) as refusal:
        sys.exit(str(refusal))
    except KafkaError as error:
        sys.exit(f"Kafka ne répond pas comme il faut ({error!r}). Réessayez.")
    finally:
        await runtime.database.close()


async def migrate(runtime: Runtime, _: list[str]) -> None:
    """Migrate as the owner; the role that serves is given what it may do."""
    declared, settings = runtime.declared, runtime.declared.settings
    role = (make_url(settings.database_url).username or "") if settings.migration_url else ""
    owner = settings.migration_url or settings.database_url
    await migration.migrate(owner, declared.folder / "migrations", declared.tables, role=role)


async def parked(runtime: Runtime, _: list[str]) -> None:
    """List what waits for a person, oldest first."""
    async with runtime.database.reading() as reading:
        for row in await parking.waiting(reading):
            why = f"suit le message {row.behind}" if row.behind else row.error
            print(f"{row.id}\t{row.topic}[{row.partition}]@{row.offset}\t{row.parked_at:%Y-%m-%d %H:%M}\t{why}")


async def replay(runtime: Runtime, arguments: list[str]) -> None:
    """`replay 12 13`, or `replay all`: the oldest first, each in its own transaction. Exits with 1 when some stay."""
    refused = 0
    for number in await _numbers(runtime, arguments):
        await runtime.database.transact(noted(REPLAYED, "replay", number))
        try:
            await runtime.replay(number, by="commande replay")
            print(f"message {number} rejoué")
        except Refusal as refusal:
            refused += 1
            print(refusal, file=sys.stderr)
    if refused:
        sys.exit(1)


async def discard(runtime: Runtime, arguments: list[str]) -> None:
    for number in await _numbers(runtime, arguments):
        await runtime.database.transact(noted(DISCARDED, "discard", number))
        await runtime.discard(number, by="commande discard")
        print(f"message {number} écarté")


def noted(act: Act, command: str, subject: object) -> Callable[[Transaction], Awaitable[None]]:
    """Return what writes the act's line, as the page would: whoever is at the machine is an administrator."""
    name = f"commande {command}"
    doing = Doing(act, name, name, "administrator", None, {act.by or f"{act.subject}_id": str(subject)})

    async def written(tx: Transaction) -> None:
        journal.note(tx, doing)

    return written


async def list_losses(runtime: Runtime, _: list[str]) -> None:
    """List what Kafka has lost and nobody has settled, oldest first."""
    async with runtime.database.reading() as reading:
        for row in await losses.waiting(reading):
            print(f"{row['id']}\t{row['seen_at']:%Y-%m-%d %H:%M}\t{losses.sentence(row)}")


async def settle(runtime: Runtime, arguments: list[str]) -> None:
    """`settle 4 5`: whoever says so has done what docs/operate/losses.md asks for."""
    for number in map(int, arguments):
        await runtime.database.transact(partial(_settle, loss_id=number))
        print(f"perte {number} réglée")


async def _settle(tx: Transaction, loss_id: int) -> None:
    await losses.settle(tx, loss_id, by="commande settle")
    await noted(SETTLED, "settle", loss_id)(tx)


async def _numbers(runtime: Runtime, arguments: list[str]) -> list[int]:
    if arguments != ["all"]:
        return sorted(int(number) for number in arguments)
    async with runtime.database.reading() as reading:
        return [row.id for row in await parking.waiting(reading, limit=10_000)]


async def bind(runtime: Runtime, _: list[str]) -> None:
    """Bind on purpose: from now on the consumer groups are this database's, which goes on where they stand."""
    try:
        await runtime.binding.bind()
    finally:
        await runtime.binding.cluster.close()
    print("les groupes sont liés à cette base")


async def rehear(runtime: Runtime, arguments: list[str]) -> None:
    """`rehear`, `rehear booking.events`, with `--since MOMENT`: read again what the database may have lost.

    Without a moment, from what it has applied. What it knows already changes nothing.
    """
    names, since = arguments, None
    if SINCE in arguments:
        names, since = arguments[: arguments.index(SINCE)], moment(arguments[-1])
    known = {topic.name: topic for topic in runtime.binding.topics}
    if unknown := {*names} - {*known}:
        raise ValueError(f"{', '.join(sorted(unknown))} : ce service lit {', '.join(known)}")
    try:
        for name in names or known:
            offsets = await runtime.binding.rewind(known[name], since)
            print(f"{name} : sera relu à partir de {', '.join(f'[{one}] {offsets[one]}' for one in sorted(offsets))}")
    finally:
        await runtime.binding.cluster.close()


async def republish(runtime: Runtime, arguments: list[str]) -> None:
    """`republish --since MOMENT`: what was published since then goes out again, when the instances are started."""
    if arguments[:-1] != [SINCE]:
        raise ValueError("republish demande un moment, et rien d'autre : republish --since 2027-01-31T14:00+01:00")
    since, days = moment(arguments[-1]), runtime.declared.settings.retain_published.days
    try:
        log = await runtime.binding.examined()
    finally:
        await runtime.binding.cluster.close()
    counts = await runtime.work.transact(partial(republishing.republish, log=log, since=since, days=days))
    for topic, count in counts.items():
        print(f"{topic} : {count} messages seront publiés de nouveau")
    if not counts:
        print("rien n'a été publié depuis ce moment, ou tout attend déjà d'être publié")


async def rekey(runtime: Runtime, _: list[str]) -> None:
    """Give each record a key of its own: once, before a topic of this service is compacted."""
    settings = runtime.declared.settings
    for topic, count in (await rekeying.rekey(runtime.work, settings.bus, settings.service)).items():
        print(f"{topic} : {count} messages publiés de nouveau, chacun sous une clé à lui")


async def recover(runtime: Runtime, arguments: list[str]) -> None:
    """`recover`, with `--since MOMENT`: read back what this service had published and its database has lost."""
    since = moment(arguments[-1]) if SINCE in arguments else None
    published, done = await runtime.recover(since)
    print(f"{published} messages de ce service repris ; {done} messages reçus étaient déjà traités")


def moment(text: str) -> datetime:
    """Raises ValueError with a French sentence."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} n'est pas un moment : écrivez 2027-01-31T14:00+01:00") from None
    return given if given.tzinfo else given.replace(tzinfo=PARIS)


COMMANDS: dict[str, Command] = {
    "migrate": migrate,
    "parked": parked,
    "replay": replay,
    "discard": discard,
    "losses": list_losses,
    "settle": settle,
    "bind": bind,
    "rehear": rehear,
    "republish": republish,
    "recover": recover,
    "rekey": rekey,
}
