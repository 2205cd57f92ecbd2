"""Rule 6: a mistyped code is understood, and a book is printed so that everyone can read it."""

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from chassis.db import Database
from services.prescription.model import codes
from tests.prescription.steps import change, prescribed, registered, visiting


@given(st.sampled_from(["swap", "wrong", "missing", "twice"]), st.integers(0, 10))
def test_rule_6_a_mistyped_code_is_seen_and_the_right_one_is_among_the_suggestions(slip: str, at: int) -> None:
    code = codes.new_code(codes.VOUCHER_LENGTH)
    bare = code.replace("-", "")
    mistyped = {
        "swap": bare[:at] + bare[at + 1] + bare[at] + bare[at + 2 :],
        "wrong": bare[:at] + ("3" if bare[at] == "2" else "2") + bare[at + 1 :],
        "missing": bare[:at] + bare[at + 1 :],
        "twice": bare[:at] + bare[at] + bare[at:],
    }[slip]
    assert mistyped == bare or code in codes.nearly(mistyped)
    assert codes.is_valid(code)
    if slip == "wrong":
        assert not codes.is_valid(mistyped)


def test_rule_6_codes_have_no_look_alikes_and_are_never_the_same_twice() -> None:
    made = {codes.new_code(codes.VOUCHER_LENGTH) for _ in range(5000)}
    assert len(made) == 5000
    assert not set("".join(made)) & set("01OILU")


async def test_rule_6_a_mistyped_code_suggests_the_likely_one(app: FastAPI) -> None:
    person = await registered(app)
    book = await prescribed(app, person)
    code = book["vouchers"][2]["code"]
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    async with visiting(app) as browser:
        exact = (await browser.get("/guichet", params={"q": code.replace("-", " ").lower()})).text
        near = (await browser.get("/guichet", params={"q": wrong})).text
        by_book = (await browser.get("/guichet", params={"q": book["reference"]})).text
    assert "Dubœuf" in exact
    assert "Vouliez-vous" not in exact
    assert "Dubœuf" in near
    assert f"<code>{code}</code>" in near
    assert "Dubœuf" in by_book


@pytest.mark.parametrize("slip", ["none", "last letter"])
async def test_rule_6_a_code_without_any_figure_is_no_name(app: FastAPI, database: Database, slip: str) -> None:
    book = await prescribed(app, await registered(app))
    code = "BCDF-GHJK-MNP" + codes.check_character("BCDFGHJKMNP")
    await change(database, "UPDATE vouchers SET code = :code WHERE id = :id", code=code, id=book["vouchers"][2]["id"])
    typed = code if slip == "none" else code[:-1] + ("B" if code[-1] != "B" else "C")
    async with visiting(app) as browser:
        page = (await browser.get("/guichet", params={"q": typed.replace("-", " ").lower()})).text
    assert "Dubœuf" in page
    assert (f"<code>{code}</code>" in page) == (slip != "none")


@pytest.mark.parametrize("size", ["a4", "cheque"])
async def test_rule_6_the_printed_book_is_a_tagged_pdf_in_french(app: FastAPI, size: str) -> None:
    book = await prescribed(app, await registered(app))
    async with visiting(app) as browser:
        pdf = await browser.get(f"/chequiers/{book['id']}.pdf?taille={size}")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-1.")
    for mark in (b"/StructTreeRoot", b"pdfuaid", b"/Lang(fr"):
        assert mark in pdf.content, mark
