"""The product's own doors, as the tests of each service open them."""

from tests.prescription.conftest import app, database, site

__all__ = ["app", "database", "site"]
