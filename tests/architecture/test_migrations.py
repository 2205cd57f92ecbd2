"""Migrations stay what they were when they were released: they carry what they need themselves."""

import ast
from collections.abc import Iterator

from deploy.local.servers import ROOT

OURS = {"chassis", "contracts", "services", "deploy", "tests"}
MIGRATIONS = sorted((ROOT / "services").glob("*/migrations/versions/*.py"))


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def of_today(source: str) -> list[str]:
    """What it imports of the code as it is today, which goes on changing."""
    return [name for name in imported(source) if name.partition(".")[0] in OURS | {""}]


def test_core_25_no_migration_imports_the_code_of_today() -> None:
    assert {path.name: of_today(path.read_text()) for path in MIGRATIONS if of_today(path.read_text())} == {}
    assert len(MIGRATIONS) >= 18


def test_core_25_an_import_of_the_code_of_today_is_seen() -> None:
    assert of_today("from services.booking.model import Wallet\nimport chassis.plain\nimport re\n") == [
        "services.booking.model",
        "chassis.plain",
    ]
