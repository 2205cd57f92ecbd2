"""One pass, from prescription to attended hour, by the pages alone: labels and buttons, no JavaScript, 320 px."""


def test_a_whole_pass_by_the_pages(journey: str) -> None:
    assert "1 heure suivie" in journey
    assert "4 chèques à utiliser" in journey
