"""What a resident would have received: one page of telephones, one of letter boxes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from chassis.web.french import phone
from deploy.local.outside.gateway import Gateway, Message
from deploy.local.outside.mailbox import Mail, Mailbox

PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)
PAGES.filters["phone"] = phone


def routes(gateway: Gateway, mailbox: Mailbox) -> list[Route]:
    async def telephones(_: Request) -> Response:
        return _shown("telephones.html", _by_address([*gateway.messages.values()]))

    async def letter_boxes(_: Request) -> Response:
        return _shown("courriels.html", _by_address([*mailbox.mails]))

    async def home(_: Request) -> Response:
        return RedirectResponse("/telephones")

    return [
        Route("/", home),
        Route("/telephones", telephones),
        Route("/courriels", letter_boxes),
    ]


def _by_address(received: Sequence[Message | Mail]) -> Mapping[str, list[Message | Mail]]:
    """The last received first."""
    found: dict[str, list[Message | Mail]] = defaultdict(list)
    for one in reversed(received):
        found[one.to].append(one)
    return found


def _shown(template: str, received: Mapping[str, list[Message | Mail]]) -> HTMLResponse:
    return HTMLResponse(PAGES.get_template(template).render(received=received))
