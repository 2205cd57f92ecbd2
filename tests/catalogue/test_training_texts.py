"""The texts of the catalogue: complete, plain, each said once; and every check sees a deliberately bad text."""

import shutil
from pathlib import Path
from typing import get_args

import pytest

from services.catalogue.model import Training
from services.catalogue.trainings import (
    ReviewedText,
    Theme,
    TrainingRefused,
    TrainingText,
    careless,
    read_trainings,
    reading_ease,
)
from services.catalogue.trainings.reading import FOLDER
from services.catalogue.wording import THEMES
from tests.catalogue.catalogue_as_a_whole import faults

TEXTS = tuple(read_trainings())
GOOD = TEXTS[0]
HEAVY = (
    "L'appropriation progressive des fonctionnalités administratives dématérialisées nécessite préalablement "
    "l'identification méthodique des interlocuteurs institutionnels compétents."
)
LONG = (
    "Vous venez le matin avec le sac et le pain, et puis vous dites à la fille de la rue du port que le chat dort. "
    "Vous dites oui ou non à la fin du jour."
)


def changed(**fields: object) -> ReviewedText:
    return GOOD.model_copy(update=fields)


def written(folder: Path, old: str, new: str) -> Path:
    """The texts of e-mail, with one thing changed."""
    text = (FOLDER / "courriel.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "courriel.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_rule_12_the_catalogue_is_complete_and_says_each_thing_once() -> None:
    assert [*faults(TEXTS)] == []
    assert len(TEXTS) >= 115
    assert sum("farmer" in text.audiences for text in TEXTS) >= 14


def test_rule_12_every_theme_has_its_name_its_file_and_its_trainings() -> None:
    assert {*get_args(Theme)} == {*THEMES} == {text.themes[0] for text in TEXTS}
    assert {file.stem for file in FOLDER.glob("*.toml")} == {*THEMES}


def test_rule_12_every_training_is_plain_french() -> None:
    assert [fault for text in TEXTS for fault in careless(text)] == []


def test_rule_12_what_is_published_is_what_the_catalogue_keeps() -> None:
    ours = {"id", "version", "state", "by_page", "changed_at"}
    columns = {column.name for column in Training.__table__.columns} - ours
    assert set(GOOD.model_dump()) == set(TrainingText.model_fields) == columns


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('code = "MAIL-01"', 'code = "MAIL1"', "MAIL1 : code, « MAIL1 » ne s'écrit pas comme MAIL-01."),
        ('title = "Créer son adresse e-mail"', 'title = "E-mail"', "MAIL-01 : titre, trop court, il faut au moins 10"),
        ('summary = "Une', f'summary = "{"Oui. " * 60}Une', "MAIL-01 : résumé, trop long, il faut au plus 280"),
        ("hours = 1", "hours = 5", "MAIL-01 : durée en heures, il faut au plus 4."),
        ("hours = 1", "hours = 0", "MAIL-01 : durée en heures, il faut au moins 1."),
        ("hours = 1", 'hours = "une"', "MAIL-01 : durée en heures, la valeur n'a pas la bonne forme."),
        ("hours = 1\n", "", "MAIL-01 : durée en heures, champ absent."),
        ("hours = 1", "hours = 1\nprice = 0", "MAIL-01 : price, champ inconnu."),
        ('level = "débutant"', 'level = "facile"', "MAIL-01 : niveau, « facile » n'est pas une valeur connue."),
        ('"premiers-pas"]', '"cuisine"]', "MAIL-01 : thèmes, « cuisine » n'est pas une valeur connue."),
        (
            'themes = ["courriel", ',
            "themes = [",
            "MAIL-01 : le premier thème doit être celui du fichier, « courriel ».",
        ),
        ("words = [", "words = []\nbefore = [", "MAIL-01 : mots de recherche, il en faut au moins 3."),
        ("objectives = [", 'objectives = ["Lire"]\nbefore = [', "MAIL-01 : objectifs, trop court"),
        ("Choisir une messagerie", "Choix d'une messagerie", "ne commence pas par un verbe à l'infinitif."),
        ('code = "MAIL-01"', "code = MAIL", "courriel.toml n'est pas écrit en TOML : regardez à la ligne 4."),
        ("[[training]]", "[[training]", "courriel.toml n'est pas écrit en TOML : regardez à la ligne 3."),
    ],
)
def test_rule_12_a_bad_file_is_refused_by_a_sentence_that_says_where(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    with pytest.raises(TrainingRefused) as refused:
        [*read_trainings(written(tmp_path, old, new))]
    assert refused.value.sentence.startswith("courriel.toml")
    assert sentence in refused.value.sentence


def test_rule_12_a_good_file_alone_is_read(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "courriel.toml", tmp_path)
    assert [text.code for text in read_trainings(tmp_path)] == [
        text.code for text in TEXTS if text.themes[0] == "courriel"
    ]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (changed(summary=HEAVY), "résumé difficile à lire"),
        (changed(summary=LONG), "plus de 17 mots en moyenne"),
        (changed(bring=LONG), "a plus de 20 mots"),
        (changed(bring="Votre téléphone"), "ne finit pas par un point"),
        (changed(objectives=("Messagerie gratuite et sûre",)), "ne commence pas par un verbe à l'infinitif"),
        (changed(title="Créer l’adresse qu'il faut"), "une apostrophe ou une espace mal placée"),
        (changed(bring="Avez-vous un carnet?"), "une apostrophe ou une espace mal placée"),
        (changed(bring="Un  carnet."), "une apostrophe ou une espace mal placée"),
    ],
)
def test_rule_12_a_careless_text_is_seen(bad: ReviewedText, sentence: str) -> None:
    assert any(sentence in fault for fault in careless(bad))


def test_rule_12_a_longer_sentence_and_longer_words_are_harder_to_read() -> None:
    easy, longer = "Le chat dort. Le chien court.", "Le chat dort et le chien court et le chat dort."
    assert reading_ease(easy) > reading_ease(longer) > 65 > reading_ease(HEAVY)


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (TEXTS[:109], "109 formations : il en faut au moins 110"),
        ([text for text in TEXTS if "farmer" not in text.audiences], "0 formations pour l'agriculture"),
        ([*TEXTS, TEXTS[-1].model_copy(update={"code": GOOD.code})], "ont le même code ou le même titre"),
        ([*TEXTS, changed(code="MAIL-99", title=GOOD.title.upper())], "ont le même code ou le même titre"),
        (
            [*TEXTS, changed(code="MAIL-99", title="Un tout autre titre", summary=f"{GOOD.summary[:-1]}, chez vous.")],
            "ont presque le même résumé",
        ),
    ],
    ids=["few", "few for farmers", "code", "title", "summary"],
)
def test_rule_12_a_catalogue_that_lacks_or_repeats_is_seen(texts: list[ReviewedText], sentence: str) -> None:
    assert any(sentence in fault for fault in faults(texts))
