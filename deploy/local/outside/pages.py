"""What a resident would have received: telephones and letter boxes; and the providers' bad days, by a button."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from county.phones import phone
from deploy.local.outside.mailbox import Mail, Mailbox
from deploy.local.outside.phones import FAULTS, Message, Phones

PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)
PAGES.filters["phone"] = phone


def routes(phones: Phones, mailbox: Mailbox) -> list[Route]:
    async def telephones(_: Request) -> Response:
        return _shown("telephones.html", _by_address([*phones.messages.values()]))

    async def letter_boxes(_: Request) -> Response:
        return _shown("courriels.html", _by_address([*mailbox.mails]))

    async def providers(_: Request) -> Response:
        states = {name: phones.fault(name) for name in ("ovh", "brevo", "gateway")}
        return HTMLResponse(PAGES.get_template("fournisseurs.html").render(states=states, faults=FAULTS, received={}))

    async def home(_: Request) -> Response:
        return RedirectResponse("/telephones")

    return [
        Route("/", home),
        Route("/telephones", telephones),
        Route("/courriels", letter_boxes),
        Route("/fournisseurs", providers),
    ]


def _by_address(received: Sequence[Message | Mail]) -> Mapping[str, list[Message | Mail]]:
    """The last received first."""
    by_receiver: dict[str, list[Message | Mail]] = defaultdict(list)
    for message in reversed(received):
        by_receiver[message.to].append(message)
    return by_receiver


def _shown(template: str, received: Mapping[str, list[Message | Mail]]) -> HTMLResponse:
    return HTMLResponse(PAGES.get_template(template).render(received=received))
