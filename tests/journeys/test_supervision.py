"""A service that dies is started again, and says in its log how it died."""

import time

from deploy.local.system import System


def test_a_killed_service_comes_back_and_its_log_keeps_both_lives(system: System) -> None:
    first = system.servers.children.running["catalogue"]
    before = first.log.stat().st_size
    first.kill()
    deadline = time.monotonic() + 30
    while system.servers.children.running["catalogue"] is first and time.monotonic() < deadline:
        time.sleep(0.1)
    system.wait_until_ready()
    second = system.servers.children.running["catalogue"]
    assert second.process.pid != first.process.pid
    assert second.running
    assert second.began >= before
