"""What each service consumes, asked of the services themselves."""

from collections.abc import Sequence

from contracts.topics import Topic
from deploy.unconnected import SERVICES, site_of


def consumed() -> dict[str, Sequence[Topic]]:
    return {
        service: [subscription.topic for subscription in site_of(service).runtime.declared.subscriptions]
        for service in SERVICES
    }
