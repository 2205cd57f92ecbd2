"""What Java learned of Kafka at one start serves all others."""

import pytest

from deploy.local.kafka import Kafka, aot_cache


def test_a_broker_starts_with_what_java_has_learned_and_finds_no_fault_in_it(kafka: Kafka) -> None:
    if not aot_cache(kafka.class_path).exists():
        pytest.skip("make test runs «python -m deploy.local.aot» when it installs")
    assert f"-XX:AOTCache={aot_cache(kafka.class_path)}" in kafka.options("kafka.Kafka")
    assert "[aot" not in kafka.child.log.read_text(errors="replace")
