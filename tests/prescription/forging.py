"""A sign-in provider that says whatever a test wants said, signed or not, over HTTP on this machine."""

import hmac
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "pass-numerique"
Claims = dict[str, Any]


@dataclass
class Forger:
    """`minted` makes the identity token of the honest claims; `userinfo` is what it answers besides."""

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "today", "use": "sig"}))
    address: str = ""
    nonce: str = ""
    subject: str = "7e6f"
    email: str = "nadia@exemple.invalid"
    changed: Claims = field(default_factory=dict)
    minted: Callable[["Forger", Claims], str] | None = None
    userinfo: str = ""
    away: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)

    def claims(self) -> Claims:
        now = int(time.time())
        honest = {"iss": self.address, "aud": CLIENT, "sub": self.subject, "iat": now, "exp": now + 60}
        known = {**honest, "nonce": self.nonce, "email": self.email, "email_verified": True, **self.changed}
        return {name: value for name, value in known.items() if value is not None}

    def signed(self, claims: Claims, key: RSAKey | None = None) -> str:
        key = key or self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid, "typ": "JWT"}, claims, key, algorithms=["RS256"])

    def by_the_public_key(self, claims: Claims) -> str:
        """HS256, with the provider's public key as the secret: what a careless reader would believe."""
        content = f"{_encoded({'alg': 'HS256', 'kid': str(self.key.kid)})}.{_encoded(claims)}"
        digest = hmac.digest(self.key.as_pem(private=False), content.encode(), "sha256")
        return f"{content}.{_base64(digest)}"

    def unsigned(self, claims: Claims) -> str:
        return f"{_encoded({'alg': 'none'})}.{_encoded(claims)}."

    def answer(self, path: str) -> tuple[int, str]:
        match path.split("?", maxsplit=1)[0]:
            case "/.well-known/openid-configuration":
                named = {"authorization": "aller", "token": "jeton", "userinfo": "qui", "end_session": "fin"}
                addresses = {f"{name}_endpoint": f"{self.address}/{where}" for name, where in named.items()}
                return 200, json.dumps({"issuer": self.address, "jwks_uri": f"{self.address}/cles", **addresses})
            case "/cles":
                return 200, json.dumps({"keys": [self.key.as_dict(private=False)]})
            case "/jeton":
                minted = self.minted or Forger.signed
                token = minted(self, self.claims())
                return 200, json.dumps(
                    {"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": token}
                )
            case "/qui":
                return 200, self.userinfo or json.dumps(self.claims())
            case _:
                return 404, "{}"


def _encoded(part: Claims) -> str:
    return _base64(json.dumps(part).encode())


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


class Answering(BaseHTTPRequestHandler):
    forger: ClassVar[Forger]

    def do_GET(self) -> None:
        if self.forger.away:
            self.send_error(503)
            return
        status, body = self.forger.answer(self.path)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(sent).items()}
        self.forger.asked.append({**form, "authorization": self.headers.get("Authorization", "")})
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Nothing: what is asked is in `asked`."""


@contextmanager
def forging() -> Iterator[Forger]:
    forger = Forger()
    answering = type("Answering", (Answering,), {"forger": forger})
    with ThreadingHTTPServer(("127.0.0.1", 0), answering) as server:
        forger.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield forger
        finally:
            server.shutdown()
