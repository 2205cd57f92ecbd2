from itertools import combinations

import pytest

from county.communes import Commune, all_communes, by_insee, called, communes_called, distance_km, name_of

VALENCE, CREST, DIE, MONTELIMAR, NYONS, ROMANS = "26362", "26108", "26113", "26198", "26220", "26281"


def commune(code: str) -> Commune:
    found = by_insee(code)
    assert found
    return found


def names(text: str) -> set[str]:
    return {commune.name for commune in communes_called(text)}


def test_the_drome_has_362_communes_and_each_has_a_place_of_its_own_within_it() -> None:
    communes = all_communes().values()
    assert len(communes) == 362
    for one in communes:
        assert 44.1 < one.position.latitude < 45.36, one.name
        assert 4.6 < one.position.longitude < 5.85, one.name
    assert len({one.position for one in communes}) == 362


@pytest.mark.parametrize(
    ("a", "b", "km"),
    [(VALENCE, CREST, 25), (VALENCE, DIE, 42.6), (MONTELIMAR, NYONS, 37.9), (VALENCE, ROMANS, 17.6)],
)
def test_known_distances_between_towns_are_found_in_both_directions(a: str, b: str, km: float) -> None:
    assert distance_km(commune(a), commune(b)) == pytest.approx(km, abs=0.5)
    assert distance_km(commune(b), commune(a)) == distance_km(commune(a), commune(b))


def test_a_distance_may_start_from_any_point() -> None:
    assert distance_km((44.0, 5.0), (45.0, 5.0)) == pytest.approx(111.195, abs=0.001)
    assert distance_km(commune(DIE).position, commune(DIE)) == 0
    assert distance_km(commune(DIE), (44.7536, 5.3703)) < 0.5


def test_neighbours_across_the_isere_are_the_closest_town_halls() -> None:
    closest = min(combinations(all_communes().values(), 2), key=lambda pair: distance_km(*pair))
    assert {commune.name for commune in closest} == {"Romans-sur-Isère", "Bourg-de-Péage"}


def test_a_postal_code_straddles_communes_and_leads_to_every_one_of_them() -> None:
    assert {"Crest", "Grane", "Aouste-sur-Sye"} <= names("26400")
    for commune in all_communes().values():
        assert commune.postal_codes, commune.name
        assert all(commune in communes_called(code) for code in commune.postal_codes)


def test_names_are_found_with_or_without_accents_hyphens_or_saint_in_full() -> None:
    assert "Échevis" in names("echevis")
    assert "Échevis" in names("Échevis")
    assert "Montélimar" in names("MONTELIMAR")
    assert "Saint-Paul-Trois-Châteaux" in names("st paul trois chateaux")
    assert "Portes-lès-Valence" in names("portes les valence")


def test_nothing_is_found_by_nothing_and_a_code_outside_the_drome_names_itself() -> None:
    assert communes_called("  ") == []
    assert communes_called("69001") == []
    assert by_insee("69123") is None
    assert by_insee("") is None
    assert called("") == []
    assert name_of("69123") == "69123"
