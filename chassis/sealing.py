"""What is sealed for one reader (HPKE, RFC 9180): who has the public key can seal, who has the secret can open.

The reader's key is made of the service's secret and a salt that is stored with what it is for: where the salt is
deleted, nobody opens what was sealed any more, wherever it still lies; and a stolen database opens nothing.
"""

import secrets
import zlib

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
BYTES = 32


def new_salt() -> bytes:
    return secrets.token_bytes(BYTES)


def _key(secret: str, salt: bytes) -> X25519PrivateKey:
    derived = HKDF(SHA256(), BYTES, salt, b"chassis.sealing").derive(secret.encode())
    return X25519PrivateKey.from_private_bytes(derived)


def public_key(secret: str, salt: bytes) -> bytes:
    """Return 32 bytes that everybody may know."""
    return _key(secret, salt).public_key().public_bytes_raw()


def seal(plain: bytes, key: bytes, about: bytes) -> bytes:
    """Compress and seal for the owner of that public key; it opens as what is `about` the same and nothing else."""
    return SUITE.encrypt(zlib.compress(plain), X25519PublicKey.from_public_bytes(key), about)


def opened(sealed: bytes, secret: str, salt: bytes, about: bytes) -> bytes:
    """Raises InvalidTag when it was sealed for another, is about something else, or is not whole."""
    return zlib.decompress(SUITE.decrypt(sealed, _key(secret, salt), about))
