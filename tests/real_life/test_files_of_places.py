"""Files of places as they come: out of spreadsheets, out of other programs, old, mixed up."""

import io
import zipfile

import orjson
import pytest

from chassis.site import Site
from services.catalogue.standards import NotThisStandard, PlacesFile, read_places
from tests.actors import ADMINISTRATOR, asking
from tests.real_life.places import ROW, TODAY, file_of, raw
from tests.real_life.tables import Table

NOTHING, REFUSED = "rien", "lieu refusé"
VALUES = Table(
    "Les valeurs d'un fichier de lieux",
    "Le lieu est à Crest (26400, code 26108). Ce qui est corrigé ou laissé est dit, ligne par ligne.",
    ("Champ", "Dans le fichier", "Repris", "La remarque commence par", "Pourquoi"),
    (
        ("pivot", "43493312300029", "43493312300029", "", "un SIRET dont la clé est juste"),
        ("pivot", "434 933 123 00029", "43493312300029", "Les espaces", "avec des espaces"),
        ("pivot", "43493312300028", "00000000000000", "Ce SIRET n'existe pas", "la clé est fausse"),
        (
            "pivot",
            "43493312400019",
            "00000000000000",
            "Ce SIRET n'existe pas",
            "la clé du SIREN est fausse",
        ),
        ("pivot", "35600000000048", "35600000000048", "", "La Poste, siège"),
        ("pivot", "35600000049837", "35600000049837", "", "La Poste, un bureau : sa clé est particulière"),
        ("pivot", "4,34933E+13", "00000000000000", "Un tableur a abîmé", "Excel a arrondi"),
        (
            "pivot",
            "5561234500011",
            "05561234500011",
            "Un tableur avait enlevé le zéro",
            "13 chiffres, clé juste avec un zéro",
        ),
        ("pivot", "W263001234", "W263001234", "", "un numéro d'association (RNA)"),
        ("pivot", "en cours", "00000000000000", "Ce n'est ni un SIRET", "pas un numéro"),
        ("code_postal", "26400", "26400", "", ""),
        ("code_postal", "2 6400", "26400", "Les espaces", ""),
        ("code_insee", "26400", "26108", "Le code INSEE est celui de Crest", "un code postal à la place du code INSEE"),
        ("code_insee", "26190", "26108", "Le code INSEE est celui de Crest", "le code d'une commune à 56 km"),
        ("commune", "CREST CEDEX", "Crest", "Le nom officiel", ""),
        ("date_maj", "2026-03-31", "2026-03-31", "", ""),
        ("date_maj", "31/03/2026", "2026-03-31", "La date est mise au format", "date française"),
        ("date_maj", "31/03/26", "2026-03-31", "La date est mise au format", "Excel a raccourci l'année"),
        ("date_maj", "46112", "2026-03-31", "La date est mise au format", "le numéro de jour d'Excel"),
        ("date_maj", "2026-03-31T10:00:00Z", "2026-03-31", "La date est mise au format", "avec une heure"),
        ("date_maj", "2062-03-31", "2026-11-28", "Cette date est dans le futur", "demain : la date du jour"),
        ("date_maj", "03/31/2026", REFUSED, "La date de mise à jour", "date américaine"),
        ("telephone", "475250000", "+33475250000", "Le numéro est mis", "le zéro perdu par un tableur"),
        ("telephone", "3,34753E+10", NOTHING, "Un tableur a abîmé", "Excel a arrondi"),
        ("latitude", "5.023", "44.728", "La latitude et la longitude étaient échangées", "avec la longitude 44.728"),
        ("latitude", "48.85", NOTHING, "Cette position est à", "Paris, pour un lieu de Crest"),
        ("latitude", "44,728", "44.728", "La virgule", ""),
        ("latitude", "44728", NOTHING, "Cette position n'est pas sur Terre", "la virgule perdue"),
        ("nom", "MÃ©diathÃ¨que", "Médiathèque", "Les accents de ce texte", "un seul texte, converti deux fois"),
        ("nom", "a" * 200, "a" * 149 + "…", "Le texte est coupé à 150", "trop long"),
        ("site_web", "https://" + "a" * 600 + ".fr", NOTHING, "Cette valeur est trop longue", "trop long"),
        ("horaires", "9h-12h", NOTHING, "Ces horaires ne sont pas au format", ""),
    ),
)
COMMUNES = Table(
    "La commune d'un lieu",
    "Le code n'est cru que si le nom ou le code postal le confirme : une erreur de code ne déplace aucune adresse.",
    ("Commune", "Code postal", "Code INSEE", "Repris", "Pourquoi"),
    (
        ("Montrigaud", "26350", "26210", "26210 Valherbasse", "nom d'avant la fusion"),
        ("Saint-Bonnet-de-Valclérieux", "26350", "26297", "26210 Valherbasse", "nom et code d'avant"),
        ("Valherbasse", "26350", "26184", "26210 Valherbasse", "code d'avant"),
        ("Aix en Diois", "26150", "", "26001 Solaure en Diois", "nom d'avant, sans code"),
        ("La Vacherie", "26190", "", "26066 Le Chaffal", "hameau"),
        (
            "Saint-Jean-en-Royans",
            "26190",
            "26190",
            "26307 Saint-Jean-en-Royans",
            "un code postal dans la colonne du code INSEE",
        ),
        ("Lieu-dit Tartempion", "26190", "26190", "sans code Lieu-dit Tartempion", "code contredit par le code postal"),
        ("Crest", "26400", "26362", "26108 Crest", "le code de Valence : le nom et le code postal disent Crest"),
        ("Chez nous", "26400", "26108", "26108 Crest", "le code et le code postal sont d'accord"),
        ("Paris", "75001", "26108", "hors de la Drôme", "le code de Crest : le nom et le code postal disent Paris"),
        ("Grenoble", "38000", "38185", "hors de la Drôme", ""),
        ("Die", "26150", "26999", "26113 Die", "un code qui n'existe pas"),
        ("Nulle part", "26999", "26999", "sans code Nulle part", "rien n'est connu : le lieu est repris sans code"),
    ),
)
FILES = Table(
    "Les fichiers qui ne sont pas le bon",
    "La réponse dit ce qu'est le fichier et quoi faire, sur la page, par programme et par commande.",
    ("Fichier", "La réponse commence par"),
    (
        ("un classeur .xlsx", "Ce fichier est un classeur Excel (.xlsx)"),
        ("un classeur .ods", "Ce fichier est un classeur LibreOffice (.ods)"),
        ("une archive .zip", "Ce fichier est une archive (.zip)"),
        ("un ancien classeur .xls", "Ce fichier est un ancien classeur Excel (.xls)"),
        ("un fichier .gz", "Ce fichier est compressé (.gz)"),
        ("un PDF", "Ce fichier est un PDF"),
        ("du «Texte Unicode» (UTF-16)", "Ce fichier est en UTF-16"),
        ("du CSV de Windows (ANSI)", "Ce fichier n'est pas en UTF-8"),
        ("des accents convertis deux fois", "Les accents de ce fichier ont été convertis deux fois"),
        ("une page web", "Ce fichier est une page web"),
        ("rien", "Ce fichier est vide"),
        ("un JSON qui n'est pas une liste", "Ce fichier JSON n'est pas une liste de lieux"),
        ("un JSON coupé", "Le fichier JSON est abîmé"),
        ("un CSV coupé", "Le fichier s'arrête au milieu"),
        ("un CSV d'autre chose", "Ce fichier n'est pas au standard"),
    ),
)
ACCEPTED = Table(
    "Les fichiers écrits autrement",
    "Le lieu est lu comme dans le fichier du standard.",
    ("Fichier",),
    (
        ("avec la marque UTF-8 d'Excel",),
        ("avec des points-virgules",),
        ("avec des tabulations",),
        ("avec la ligne «sep=;» d'Excel",),
        ("avec les lignes de Windows",),
        ("en JSON",),
        ("en NDJSON, un lieu par ligne",),
    ),
)
TABLES = (VALUES, COMMUNES, FILES, ACCEPTED)


def archive(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        for name in names:
            packed.writestr(name, "application/vnd.oasis.opendocument.spreadsheet" if name == "mimetype" else "x")
    return content.getvalue()


CONTENTS: dict[str, bytes] = {
    "un classeur .xlsx": archive("[Content_Types].xml", "xl/workbook.xml"),
    "un classeur .ods": archive("mimetype", "content.xml"),
    "une archive .zip": archive("lieux.csv"),
    "un ancien classeur .xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100,
    "un fichier .gz": b"\x1f\x8b\x08\0\0\0\0\0",
    "un PDF": b"%PDF-1.7\n",
    "du «Texte Unicode» (UTF-16)": ROW.encode("utf-16"),
    "du CSV de Windows (ANSI)": ROW.encode("cp1252"),
    "des accents convertis deux fois": ROW.encode().decode("cp1252").encode(),
    "une page web": b"<!DOCTYPE html><html lang=fr></html>",
    "rien": b" \n",
    "un JSON qui n'est pas une liste": b'{"type": "FeatureCollection", "features": []}',
    "un JSON coupé": b'[{"id": "1", "nom": "Ici"',
    "un CSV coupé": b"id,nom,commune,code_postal,adresse,pivot,date_maj\n1,Ici,Cre",
    "un CSV d'autre chose": b"nom;prenom\nDupr\xc3\xa9;Jeanne\n",
}


def read(*rows: dict[str, str]) -> PlacesFile:
    return read_places(file_of(*rows), today=TODAY)


def written(value: object) -> str:
    if value in (None, ()):
        return NOTHING
    return "|".join(value) if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize(("field", "text", "taken", "remark", "_why"), VALUES.rows)
def test_a_value_of_a_file_is_taken_mended_or_left_and_said(
    field: str, text: str, taken: str, remark: str, _why: str
) -> None:
    reading = read(raw(**{field: text}, **({"longitude": "44.728"} if text == "5.023" else {})))
    assert [written(getattr(place, field)) for place in reading.places] == ([taken] if taken != REFUSED else [])
    sentences = [remark.sentence for remark in reading.remarks if remark.field == field]
    assert any(sentence.startswith(remark) for sentence in sentences) if remark else sentences == []


@pytest.mark.parametrize(("name", "postal_code", "code", "taken", "_why"), COMMUNES.rows)
def test_a_code_moves_no_address_that_its_name_and_postal_code_put_elsewhere(
    name: str, postal_code: str, code: str, taken: str, _why: str
) -> None:
    reading = read(raw(commune=name, code_postal=postal_code, code_insee=code, latitude="", longitude=""))
    if taken == "hors de la Drôme":
        assert (reading.places, reading.outside) == ((), 1)
        return
    [place] = reading.places
    assert f"{place.code_insee or 'sans code'} {place.commune}" == taken
    if name in {"Montrigaud", "Saint-Bonnet-de-Valclérieux", "Aix en Diois", "La Vacherie"}:
        assert place.complement_adresse, "the village is not lost"
        assert any("est dans la commune" in remark.sentence for remark in reading.remarks)


@pytest.mark.parametrize(("kind", "sentence"), FILES.rows)
def test_what_is_no_file_of_places_is_called_by_its_name(kind: str, sentence: str) -> None:
    with pytest.raises(NotThisStandard) as refused:
        read_places(CONTENTS[kind])
    assert refused.value.sentence.startswith(sentence)


@pytest.mark.parametrize(("kind", "sentence"), FILES.rows[:1])
async def test_a_refusal_is_a_page_for_people_and_a_problem_for_programs(
    catalogue: Site, kind: str, sentence: str
) -> None:
    async with asking(catalogue.application(), ADMINISTRATOR) as admin:
        page = await admin.post("/import", files={"file": ("lieux.xlsx", CONTENTS[kind])}, data={})
        problem = await admin.post(
            "/api/catalogue/places", content=CONTENTS[kind], headers={"content-type": "text/csv"}
        )
        empty = await admin.post("/import", files={"file": ("", b"")}, data={})
        headless = await admin.post("/import", data={})
    assert (page.status_code, page.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert sentence in page.text
    assert (problem.status_code, problem.headers["content-type"]) == (422, "application/problem+json")
    assert problem.json()["detail"].startswith(sentence)
    assert [page.headers["content-type"] for page in (empty, headless)] == ["text/html; charset=utf-8"] * 2


@pytest.mark.parametrize("kind", [row[0] for row in ACCEPTED.rows])
def test_a_file_that_is_written_otherwise_is_read_as_well(kind: str) -> None:
    rows = [raw(), raw(id="deux", nom="Autre")]
    as_json = [{name: value for name, value in row.items() if value} for row in rows]
    content = {
        "avec la marque UTF-8 d'Excel": b"\xef\xbb\xbf" + file_of(*rows, delimiter=";", end="\r\n"),
        "avec des points-virgules": file_of(*rows, delimiter=";"),
        "avec des tabulations": file_of(*rows, delimiter="\t"),
        "avec la ligne «sep=;» d'Excel": b"sep=;\r\n" + file_of(*rows, delimiter=";", end="\r\n"),
        "avec les lignes de Windows": file_of(*rows, end="\r\n"),
        "en JSON": orjson.dumps(as_json),
        "en NDJSON, un lieu par ligne": b"\n".join(map(orjson.dumps, as_json)),
    }[kind]
    assert read_places(content).places == read(*rows).places
    assert len(read_places(content).places) == len(rows)
