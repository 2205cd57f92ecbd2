from typing import get_args

from chassis.french import counted
from contracts.words import Need, NoticeKind, SupportNeed, VoucherState
from county import wording


def test_each_coded_value_that_is_shared_has_its_french() -> None:
    for words, coded in (
        (wording.NEEDS, Need),
        (wording.SUPPORT, SupportNeed),
        (wording.VOUCHERS, VoucherState),
        (wording.NOTICES, NoticeKind),
    ):
        assert {*words} == {*get_args(coded)}


def test_what_is_counted_reads_as_french_numbers_do() -> None:
    told = [counted(number, "heure") for number in (0, 1, 2, 20_000)]
    assert told == ["0 heure", "1 heure", "2 heures", "20\N{NO-BREAK SPACE}000 heures"]
