"""Traces, when OTEL_EXPORTER_OTLP_ENDPOINT is set: a span for each request and each batch, one trace from form to SMS.

A span is named by its route, never by its address: that may hold a person's code.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from starlette.types import Scope

from chassis import telemetry

tracer = trace.get_tracer("pass-numerique")


def configure(service: str) -> None:
    """Trace, when there is an endpoint.

    The exporter reads its address, headers and time limits from the usual OTEL_ variables.
    """
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        provider = TracerProvider(resource=Resource.create({"service.name": f"pass-{service}"}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        trace.set_tracer_provider(provider)


@contextmanager
def _span(
    name: str, parent: Context | None, kind: trace.SpanKind, links: Sequence[trace.Link] = ()
) -> Iterator[trace.Span]:
    """One that failed says what kind of failure it was; an exception's own sentence may name a person (rule 26)."""
    begun = tracer.start_as_current_span(
        name, parent, kind, links=links, record_exception=False, set_status_on_exception=False
    )
    with begun as span:
        try:
            yield span
        except Exception as error:
            span.set_status(trace.Status(trace.StatusCode.ERROR, telemetry.described(error)))
            raise


@contextmanager
def request(scope: Scope, traceparent: str) -> Iterator[None]:
    """Trace one HTTP request, in the trace of who asks."""
    context = propagate.extract({"traceparent": traceparent})
    with _span(scope["method"], context, trace.SpanKind.SERVER) as span:
        yield
        if route := scope.get("route"):
            span.update_name(f"{scope['method']} {route.path}")


@contextmanager
def batch(topic: str, traceparents: Sequence[str]) -> Iterator[None]:
    """Trace events applied together: they may come from many traces, so these are links; the first is the parent."""
    contexts = [
        propagate.extract({"traceparent": traceparent}) for traceparent in dict.fromkeys(traceparents) if traceparent
    ]
    links = [trace.Link(trace.get_current_span(context).get_span_context()) for context in contexts[1:]]
    parent = contexts[0] if contexts else None
    with _span(f"apply {topic}", parent, trace.SpanKind.CONSUMER, links):
        yield
