"""A setting that an operator sets is read, or the service refuses to start: none is passed over in silence."""

import pytest
from pydantic import ValidationError

from county.settings import FORMER_NAMES, CountySettings
from tests.sites import SERVICES, site_of


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("former", ["PASS_RETENTION__CONTENTS", "pass_retention__contents", "PASS_RETENTION"])
def test_a_former_name_is_refused_with_the_new_name(service: str, former: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(former, "P5D")
    with pytest.raises(ValidationError, match=r"PASS_RETAIN_(CONTENTS|…) : renommez"):
        site_of(service)


def test_each_former_name_leads_to_a_setting_that_there_is() -> None:
    new = {name.removeprefix("PASS_").lower() for name in FORMER_NAMES.values()} - {"retain_…"}
    assert new <= CountySettings.model_fields.keys()


def test_a_refusal_shows_no_value_of_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASS_RETENTION__ACTS", "P5D")
    with pytest.raises(ValidationError) as refused:
        site_of("booking", url="postgresql://booking:marmotte@127.0.0.1/booking")
    assert "marmotte" not in str(refused.value)
