"""A token says who somebody is only when prescription signed it, for this use, and it still counts."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey, RSAKey

from chassis.clock import Clock, move
from chassis.sign_ins import LONGEST
from chassis.web import Principal
from chassis.web.tokens import ALGORITHM, ISSUER, REMEMBERED, Signer, Tokens, begun, new_key, remember
from contracts.ids import SignInId, uuid7
from tests.actors import MEDIATOR, PRIVATE_KEY, PUBLIC_KEY, asking, cookie_for, token_for
from tests.sites import site_of

IDLE = timedelta(hours=2)
Changed = Callable[[dict[str, Any]], dict[str, Any]]


class Nothing:
    """No account changed, nobody signed out."""

    def __init__(self) -> None:
        self.valid_from: dict[str, datetime] = {}
        self.ended: frozenset[Any] = frozenset()


@pytest.fixture
def clock_file(tmp_path: Path) -> Path:
    (tmp_path / "clock").write_text("0")
    return tmp_path / "clock"


@pytest.fixture
def tokens(clock_file: Path) -> Tokens:
    return Tokens((PUBLIC_KEY,), Nothing(), Clock(clock_file), IDLE)  # type: ignore[arg-type]


def later(clock_file: Path, by: timedelta) -> None:
    move(clock_file, Clock(clock_file).now() + by)


def sign(who: Principal = MEDIATOR, audience: Any = "pages", key: str = PRIVATE_KEY) -> str:
    return Signer(key).sign(begun(who, datetime.now(UTC)), audience)


def forged(change: Changed, header: dict[str, Any], key: Any, algorithms: list[str]) -> str:
    """Claims of a true token, changed, under another header and key."""
    claims = jwt.decode(sign(), OKPKey.import_key(dict(PUBLIC_KEY)), algorithms=[ALGORITHM]).claims
    return jwt.encode(header, change(claims), key, algorithms=algorithms)


def test_what_prescription_signed_is_read(tokens: Tokens) -> None:
    token = tokens.read(sign(), "pages")
    assert token is not None
    assert token.principal == MEDIATOR


def test_a_cookie_is_no_token_of_the_api_and_the_other_way_round(tokens: Tokens) -> None:
    assert tokens.read(sign(audience="pages"), "api") is None
    assert tokens.read(sign(audience="api"), "pages") is None


def test_another_key_is_nobodys(tokens: Tokens) -> None:
    private, _ = new_key()
    assert tokens.read(sign(key=private), "pages") is None


def test_another_key_under_our_keys_name_is_nobodys(tokens: Tokens) -> None:
    private, _ = new_key()
    named = json.dumps({**json.loads(private), "kid": PUBLIC_KEY["kid"]})
    assert tokens.read(sign(key=named), "pages") is None


def test_during_a_rotation_both_keys_are_read(clock_file: Path) -> None:
    private, public = new_key()
    both = Tokens((public, PUBLIC_KEY), Nothing(), Clock(clock_file), IDLE)  # type: ignore[arg-type]
    assert both.read(sign(key=private), "pages")
    assert both.read(sign(), "pages")


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "none", "kid": "tests"}])
def test_a_token_that_says_that_it_needs_no_signature_is_nobodys(tokens: Tokens, header: dict[str, str]) -> None:
    nothing = OctKey.import_key("x" * 32)
    assert tokens.read(forged(lambda claims: claims, header, nothing, ["none"]), "pages") is None


def test_the_public_key_signs_nothing(tokens: Tokens) -> None:
    """As the secret of an algorithm that signs and reads with the same key."""
    for secret in (PUBLIC_KEY["x"], json.dumps(PUBLIC_KEY)):
        header = {"alg": "HS256", "kid": "tests"}
        assert tokens.read(forged(lambda claims: claims, header, OctKey.import_key(secret), ["HS256"]), "pages") is None


def test_an_algorithm_that_is_not_ours_is_refused(tokens: Tokens) -> None:
    key = RSAKey.generate_key(2048)
    assert tokens.read(forged(lambda claims: claims, {"alg": "RS256", "kid": "tests"}, key, ["RS256"]), "pages") is None


@pytest.mark.parametrize(
    "change",
    [
        lambda claims: {**claims, "iss": "another"},
        lambda claims: {**claims, "who": {**claims["who"], "roles": ["king"]}},
        lambda claims: {**claims, "sid": "1"},
        lambda claims: {**claims, "exp": "never"},
        lambda claims: {name: claim for name, claim in claims.items() if name != "exp"},
        lambda claims: {**claims, "aud": ["pages", "api"]},
    ],
)
def test_claims_that_are_not_as_we_write_them_are_nobodys(tokens: Tokens, change: Changed) -> None:
    """Signed by the true key all the same."""
    private = OKPKey.import_key(json.loads(PRIVATE_KEY))
    header = {"alg": ALGORITHM, "kid": "tests"}
    assert tokens.read(forged(lambda claims: claims, header, private, [ALGORITHM]), "pages")
    assert tokens.read(forged(change, header, private, [ALGORITHM]), "pages") is None


@pytest.mark.parametrize(
    "junk", ["", "x", "a.b.c", "é.é.é", "." * 5000, sign()[:-4], sign() + "x", f"{ISSUER}..{ISSUER}"]
)
def test_junk_is_nobodys(tokens: Tokens, junk: str) -> None:
    assert tokens.read(junk, "pages") is None


def test_it_ends_after_twelve_hours_however_busy_its_holder(tokens: Tokens, clock_file: Path) -> None:
    signed = sign()
    for _ in range(11):
        later(clock_file, timedelta(hours=1))
        assert tokens.read(signed, "pages")
    later(clock_file, LONGEST - timedelta(hours=11))
    assert tokens.read(signed, "pages") is None


def test_pages_end_when_nobody_clicks_for_two_hours(tokens: Tokens, clock_file: Path) -> None:
    signed, bearer = sign(), sign(audience="api")
    assert tokens.read(signed, "pages")
    later(clock_file, IDLE + timedelta(seconds=1))
    assert tokens.read(signed, "pages") is None
    assert tokens.read(bearer, "api")


def test_a_token_of_tomorrow_is_not_one_yet(tokens: Tokens) -> None:
    tomorrow = Signer(PRIVATE_KEY).sign(begun(MEDIATOR, datetime.now(UTC) + timedelta(days=1)), "pages")
    assert tokens.read(tomorrow, "pages") is None


def test_a_sign_in_that_was_ended_counts_no_more(tokens: Tokens) -> None:
    signed = sign()
    token = tokens.read(signed, "pages")
    assert token
    tokens.revocations.ended = frozenset({token.sign_in_id})
    assert tokens.read(signed, "pages") is None
    assert tokens.read(sign(), "pages")


def test_what_was_issued_before_the_account_changed_counts_no_more(tokens: Tokens) -> None:
    before = sign()
    tokens.revocations.valid_from = {MEDIATOR.subject: datetime.now(UTC)}
    assert tokens.read(before, "pages") is None
    assert tokens.read(sign(), "pages")


def test_each_sign_in_has_an_id_of_its_own() -> None:
    now = datetime.now(UTC)
    assert begun(MEDIATOR, now).sign_in_id != begun(MEDIATOR, now).sign_in_id


def test_what_is_remembered_has_a_bound(tokens: Tokens) -> None:
    for _ in range(REMEMBERED + 10):
        remember(tokens.seen, SignInId(uuid7()), datetime.now(UTC))
    assert len(tokens.seen) == REMEMBERED


async def test_pages_take_the_cookie_and_the_api_the_bearer_alone() -> None:
    app = site_of("booking").application()
    async with asking(app) as client:
        api = {"Authorization": f"Bearer {cookie_for(MEDIATOR)}"}
        assert (await client.get("/api/booking/files", headers=api)).status_code == 401
        page = await client.get("/mediateur", cookies={"pass": token_for(MEDIATOR)})
    assert page.headers["location"] == "/connexion?retour=/mediateur"
