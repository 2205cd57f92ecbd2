"""Traces, when OTEL_EXPORTER_OTLP_ENDPOINT is set: a span for each request and each batch, one trace from form to SMS.

A span is named by its route, never by its address: that may hold a person's code.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from starlette.types import Scope

tracer = trace.get_tracer("pass-numerique")


def configure(service: str) -> None:
    """The exporter reads its address, headers and time limits from the usual OTEL_ variables."""
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        provider = TracerProvider(resource=Resource.create({"service.name": f"pass-{service}"}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        trace.set_tracer_provider(provider)


@contextmanager
def request(scope: Scope, traceparent: str) -> Iterator[None]:
    """One HTTP request, in the trace of who asks."""
    context = propagate.extract({"traceparent": traceparent})
    with tracer.start_as_current_span(scope["method"], context, trace.SpanKind.SERVER) as span:
        yield
        if route := scope.get("route"):
            span.update_name(f"{scope['method']} {route.path}")


@contextmanager
def batch(topic: str, traceparents: Sequence[str]) -> Iterator[None]:
    """Events applied together: they may come from many traces, so these are links; the first is the parent."""
    contexts = [propagate.extract({"traceparent": one}) for one in dict.fromkeys(traceparents) if one]
    links = [trace.Link(trace.get_current_span(one).get_span_context()) for one in contexts[1:]]
    parent = contexts[0] if contexts else None
    with tracer.start_as_current_span(f"apply {topic}", parent, trace.SpanKind.CONSUMER, links=links):
        yield
