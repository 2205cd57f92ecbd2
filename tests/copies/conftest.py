from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.conftest import Created
from tests.copies.county import County
from tests.outside import Outside, opened
from tests.sites import SERVICES, site_of
from tests.waiting import PATIENCE


@pytest.fixture(scope="session")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    with opened(
        Path(tmp_path_factory.mktemp("outside")), "http://127.0.0.1:1/api/notifications/receipts/sms"
    ) as outside:
        yield outside


@pytest.fixture
async def county(migrated: Created, providers: Outside, tmp_path: Path) -> AsyncIterator[County]:
    """Messages leave at any hour."""
    offset = tmp_path / "offset"
    offset.write_text("0")
    ours = {**providers.settings(), "provider_answers_within": PATIENCE, "quiet_hours": False}
    sites = {
        service: site_of(
            service, await migrated(service), clock_offset_file=offset, **(ours if service == "notifications" else {})
        )
        for service in SERVICES
    }
    yield County(sites, offset)
    for site in sites.values():
        await site.runtime.database.close()
