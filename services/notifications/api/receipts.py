"""What providers send us by themselves, each in its own scheme: receipts, e-mails that come back, STOP."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, SecretStr

from chassis.batching import Batcher
from chassis.db import Transaction
from chassis.web import GUESS, Guessed, Transact, anybody, batcher, own_keyed, signed_webhook, takes_file
from chassis.web.webhook import body_after, documented
from contracts.ids import NoticeId
from services.notifications.delivery import brevo, gateway, ovh
from services.notifications.delivery.bounces import Bounce, bounced
from services.notifications.delivery.signed import NotSigned, check_secret, check_signature
from services.notifications.model import Receipt
from services.notifications.settings import Settings, SmsAccount
from services.notifications.usecases import agent_mails, opt_outs, recording

router = APIRouter(
    prefix="/api/notifications", tags=["providers"], dependencies=[Depends(anybody), Depends(Guessed(GUESS))]
)


Receipts = Annotated[Batcher[Receipt, None], Depends(batcher("receipts"))]


class Report(BaseModel):
    """`reference` is the notice's id, as we gave it to the gateway. Its own sentences may name a person: not read."""

    reference: NoticeId
    status: str


class Answered(BaseModel):
    """What a person wrote back."""

    sender: str
    text: str


def accounts(request: Request, kind: str) -> list[SmsAccount]:
    settings: Settings = request.app.state.settings
    return [account for account in settings.sms if account.kind == kind]


def account_of(request: Request, name: str, kind: str) -> SmsAccount:
    """Find our account. Raises NotSigned when there is no such."""
    for account in accounts(request, kind):
        if account.name == name:
            return account
    raise NotSigned


async def signed_by_gateway(request: Request) -> None:
    """Check the signature of any gateway of ours, as they share one address. Raises NotSigned."""
    await _signed(request, [account.secret for account in accounts(request, "gateway")])


async def signed_by_mail_server(request: Request) -> None:
    """Check it as a gateway's, under the mail server's own secret. Raises NotSigned."""
    await _signed(request, [request.app.state.settings.mail_secret])


async def _signed(request: Request, secrets: list[SecretStr]) -> None:
    """X-Signature is the HMAC-SHA256 of X-Timestamp, a dot and the body. Raises NotSigned."""
    at, given = request.headers.get("x-timestamp", ""), request.headers.get("x-signature", "")
    check_signature([secret.get_secret_value() for secret in secrets], at, given, await request.body())


async def signed_by_brevo(request: Request, name: str) -> None:
    """Check the bearer token that we gave Brevo when we made the webhook. Raises NotSigned."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    check_secret(account_of(request, name, "brevo").secret.get_secret_value(), given)


Reports = Annotated[list[Report], Depends(body_after(signed_by_gateway, list[Report]))]
Answer = Annotated[Answered, Depends(body_after(signed_by_gateway, Answered))]
OfBrevo = Annotated[dict[str, Any], Depends(body_after(signed_by_brevo, dict[str, Any]))]
REPORTS = documented({"type": "array", "items": Report.model_json_schema()})


@router.post("/receipts/sms", status_code=204, openapi_extra=REPORTS, dependencies=[own_keyed(signed_by_gateway)])
@signed_webhook
async def of_gateway(transact: Transact, reports: Reports) -> None:
    """Apply as many as it has gathered, in any order; those of unknown notices are passed over."""
    news = {report.reference: (report.status, gateway.REASONS.get(report.status, "")) for report in reports}
    await transact(lambda tx: recording.apply_receipts(tx, news))


@router.post(
    "/answers/sms",
    status_code=204,
    openapi_extra=documented(Answered.model_json_schema()),
    dependencies=[own_keyed(signed_by_gateway)],
)
@signed_webhook
async def answered(transact: Transact, answer: Answer) -> None:
    await transact(lambda tx: opt_outs.apply_reply(tx, answer.sender, answer.text))


@router.get("/receipts/ovh/{name}/{secret}", status_code=204, dependencies=[own_keyed(check_secret)])
async def of_ovh(request: Request, receipts: Receipts, name: str, secret: str) -> None:
    """OVHcloud calls an address and signs nothing: a secret is in the address; id, ptt and description in its query."""
    check_secret(account_of(request, name, "ovh").secret.get_secret_value(), secret)
    asked = request.query_params
    if meant := ovh.status_of(asked.get("ptt", ""), asked.get("description", "")):
        receipt = Receipt(provider=name, provider_id=asked.get("id", ""), status=meant[0], reason=meant[1])
        await receipts.ask(receipt)


@router.get("/answers/ovh/{name}/{secret}", status_code=204, dependencies=[own_keyed(check_secret)])
async def answered_ovh(request: Request, transact: Transact, name: str, secret: str) -> None:
    """Apply what a person wrote back to the short number: `senderid` or `number`, and `message`."""
    check_secret(account_of(request, name, "ovh").secret.get_secret_value(), secret)
    asked = request.query_params
    sender, text = asked.get("number") or asked.get("senderid", ""), asked.get("message", "")
    await transact(lambda tx: opt_outs.apply_reply(tx, f"+{sender.strip().removeprefix('+')}", text))


@router.post(
    "/receipts/brevo/{name}",
    status_code=204,
    openapi_extra=documented({"type": "object"}),
    dependencies=[own_keyed(signed_by_brevo)],
)
@signed_webhook
async def of_brevo(transact: Transact, receipts: Receipts, name: str, report: OfBrevo) -> None:
    """Apply a receipt, or the answer of a person, which comes here too."""
    status, number = str(report.get("msg_status", "")), f"+{str(report.get('to', '')).removeprefix('+')}"
    if meaning := brevo.STATUS.get(status):
        known = {"provider_id": str(report.get("messageId")), "status": meaning, "reason": brevo.REASONS[meaning]}
        receipt = Receipt(provider=name, **known)
        await receipts.ask(receipt)
    if text := "STOP" if status in brevo.STOPS else str(report.get("reply") or ""):
        await transact(lambda tx: opt_outs.apply_reply(tx, number, text))


@router.post(
    "/receipts/mail",
    status_code=204,
    dependencies=[Depends(signed_by_mail_server), own_keyed(signed_by_mail_server)],
)
@takes_file
@signed_webhook
async def of_mail_server(request: Request, transact: Transact) -> None:
    """The mail server hands over, as it is, what came to an address of return. Only what is final counts."""
    settings: Settings = request.app.state.settings
    bounce = await asyncio.to_thread(bounced, await request.body(), settings.secret.get_secret_value())
    if bounce and bounce.final:
        await transact(lambda tx: _apply_bounce(tx, bounce))


async def _apply_bounce(tx: Transaction, bounce: Bounce) -> None:
    """It was a mail to an agent, or a notice to a resident."""
    if not await agent_mails.record_bounce(tx, bounce.notice_id, bounce.reason):
        await recording.apply_receipts(tx, {bounce.notice_id: ("failed", bounce.reason)})
