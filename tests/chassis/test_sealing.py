"""What is sealed opens for its reader, as what it is about, as long as the salt is there, and for nobody else."""

import pytest
from cryptography.exceptions import InvalidTag

from chassis.sealing import new_salt, opened, public_key, seal

SECRET, SALT = "a secret of tests, long enough", new_salt()
PLAIN = b"Jeanne " * 1000
SEALED = seal(PLAIN, public_key(SECRET, SALT), b"a copy")


def test_walls_11_what_is_sealed_opens_for_its_reader() -> None:
    assert opened(SEALED, SECRET, SALT, b"a copy") == PLAIN
    assert b"Jeanne" not in SEALED
    assert len(SEALED) < len(PLAIN)


@pytest.mark.parametrize(
    ("sealed", "secret", "salt", "about"),
    [
        (SEALED, "another secret, long enough", SALT, b"a copy"),
        (SEALED, SECRET, new_salt(), b"a copy"),
        (SEALED, SECRET, SALT, b"another copy"),
        (SEALED[:-1], SECRET, SALT, b"a copy"),
    ],
    ids=["another secret", "another salt", "another copy", "not whole"],
)
def test_walls_11_it_opens_for_nobody_else(sealed: bytes, secret: str, salt: bytes, about: bytes) -> None:
    with pytest.raises(InvalidTag):
        opened(sealed, secret, salt, about)
