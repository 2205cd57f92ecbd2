"""A service that dies is started again, and says in its log how it died."""

from deploy.local.system import System
from tests.waiting import until_now


def test_a_killed_service_comes_back_and_its_log_keeps_both_lives(system: System) -> None:
    first = system.servers.children.running["catalogue"]
    before = first.log.stat().st_size
    first.kill()
    until_now(lambda: system.servers.children.running["catalogue"] is not first, "another catalogue")
    system.wait_until_ready()
    second = system.servers.children.running["catalogue"]
    assert second.process.pid != first.process.pid
    assert second.running
    assert second.began >= before
