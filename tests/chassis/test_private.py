"""What libraries promise to nobody is used in one place, and is still where that place expects it."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer import fetcher
from aiokafka.producer.sender import Sender
from aiokafka.producer.transaction_manager import TransactionManager
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy
from faststream import StreamMessage
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage

from chassis import private

CHASSIS = Path(private.__file__).parent
PRIVATE = re.compile("_(?!_|asdict$|replace$)")
OURS = {"self", "cls", "super()"}


async def test_a_producer_has_what_the_relay_takes_away() -> None:
    producer = AIOKafkaProducer(bootstrap_servers="127.0.0.1:1", transactional_id="mine")
    assert isinstance(producer._txn_manager, TransactionManager)
    assert producer._txn_manager.transactional_id == "mine"
    assert isinstance(producer._sender, Sender)
    assert producer._sender.sender_task is None
    private.begin_no_transactions(producer)
    assert producer._txn_manager.transactional_id is None
    private.stop_sending(producer)


def test_the_reader_is_built_as_we_build_on_it() -> None:
    assert callable(_DefaultRecordBatchPy._maybe_uncompress)
    assert "_buffer" in inspect.getsource(_DefaultRecordBatchPy._maybe_uncompress)
    assert "_next_slice" in inspect.getsource(_MemoryRecordsPy.next_batch)
    assert "MemoryRecords(" in inspect.getsource(fetcher)


def test_a_client_looks_for_a_coordinator_as_we_ask() -> None:
    asked = [*inspect.signature(private.coordinator_lookup).parameters]
    assert asked == ["self", "coordinator_type", "coordinator_key"]
    assert callable(AIOKafkaClient.get_random_node)
    assert AIOKafkaClient.coordinator_lookup is private.lookup


def test_faststream_takes_a_parser_and_a_decoder_and_hands_over_the_consumer() -> None:
    assert {"parser", "decoder"} <= inspect.signature(KafkaBroker.__init__).parameters.keys()
    assert "consumer" in inspect.signature(KafkaMessage.__init__).parameters
    assert "raw_message" in inspect.signature(StreamMessage.__init__).parameters


def test_no_other_room_of_the_chassis_uses_private_names() -> None:
    rooms = [path for path in CHASSIS.rglob("*.py") if path.name != "private.py"]
    assert [f"{path.name}: {name}" for path in rooms for name in private_names(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("line", ["producer._sender", "from aiokafka.record.util import _crc"])
def test_a_private_name_is_seen(line: str) -> None:
    assert [*private_names(line)]


def private_names(source: str) -> Iterator[str]:
    """Names with one underscore that are of another object than our own, or imported from another package."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names if alias.name.startswith("_"))
        elif isinstance(node, ast.Attribute) and PRIVATE.match(node.attr) and ast.unparse(node.value) not in OURS:
            yield ast.unparse(node)
