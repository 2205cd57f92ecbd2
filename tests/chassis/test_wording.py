from typing import get_args

from chassis import wording
from contracts.words import Need, NoticeKind, SupportNeed, VoucherState


def test_each_coded_value_that_is_shared_has_its_french() -> None:
    for words, coded in (
        (wording.NEEDS, Need),
        (wording.SUPPORT, SupportNeed),
        (wording.VOUCHERS, VoucherState),
        (wording.NOTICES, NoticeKind),
    ):
        assert {*words} == {*get_args(coded)}
