from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chassis.bus import Bus
from deploy.local.servers import Servers
from tests.conftest import Created
from tests.restore.rewound import Rewound

Served = Callable[..., Awaitable[Rewound]]


@pytest.fixture
def served(on_the_bus: Created, bus: Bus, servers: Servers) -> Served:
    """`await served("booking")`: that service on an empty database, which the groups belong to."""

    async def made(service: str, **more: Any) -> Rewound:
        return Rewound(service, await on_the_bus(service), bus, servers.postgres, more)

    return made
