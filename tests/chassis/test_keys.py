"""What `python -m chassis.keys` prints is what services are told."""

import json
import shlex
from datetime import UTC, datetime

import pytest
from joserfc.jwk import OKPKey

from chassis import keys
from chassis.web.tokens import Signer, begun
from tests.actors import MEDIATOR


def test_a_pair_is_printed_as_settings_and_signs(capsys: pytest.CaptureFixture[str]) -> None:
    keys.main()
    told = dict(line.split("=", 1) for line in shlex.split(capsys.readouterr().out))
    private, public = told["PASS_SESSION_PRIVATE_KEY"], json.loads(told["PASS_SESSION_KEYS"])
    assert Signer(private).sign(begun(MEDIATOR, datetime.now(UTC)), "pages")
    assert [OKPKey.import_key(key).kid for key in public] == [json.loads(private)["kid"]]
    assert "d" not in public[0]
