"""Decodes spans and metrics with the protobufs that OpenTelemetry publishes, and checks them.

`spans.py FOLDER NAMES METRICS`: FOLDER contains the bodies that `collector.py` has stored, NAMES is the
list of the names of spans, attributes and events, and METRICS the list of the names of metrics. Prints a
line for each difference and each invalid span.
"""

import pathlib
import sys

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

folder, names, metrics = (pathlib.Path(argument) for argument in sys.argv[1:4])


def decoded(pattern, message_type):
    for path in sorted(folder.glob(pattern)):
        message = message_type()
        message.ParseFromString(path.read_bytes())
        yield message


def compare(what, found, path):
    expected = set(path.read_text().splitlines())
    for line in sorted(expected - found):
        yield f"missing {what}: {line}"
    for line in sorted(found - expected):
        yield f"unexpected {what}: {line}"


scopes = [
    scope
    for request in decoded("traces-*.bin", ExportTraceServiceRequest)
    for resource in request.resource_spans
    for scope in resource.scope_spans
]
spans = [span for scope in scopes for span in scope.spans]
failures = []

for scope in scopes:
    if scope.scope.name != "runnable-otel" or not scope.scope.version:
        failures.append(f"unexpected scope: {scope.scope}")

# Every span has ended within its parent, which is part of the same trace.
by_id = {span.span_id: span for span in spans}
for span in spans:
    if not 0 < span.start_time_unix_nano <= span.end_time_unix_nano:
        failures.append(f"`{span.name}` has an invalid start or end")
    keys = [attribute.key for attribute in span.attributes]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        failures.append(f"`{span.name}` has the attribute `{key}` twice")
    is_failed = "error.type" in keys
    if is_failed != (span.status.code == Status.STATUS_CODE_ERROR):
        failures.append(f"`{span.name}` has an `error.type` that does not fit its status")
    if not span.parent_span_id:
        continue
    parent = by_id.get(span.parent_span_id)
    if parent is None or parent.trace_id != span.trace_id:
        failures.append(f"the parent of `{span.name}` is missing")
    elif not (
        parent.start_time_unix_nano <= span.start_time_unix_nano
        and span.end_time_unix_nano <= parent.end_time_unix_nano
    ):
        failures.append(f"`{span.name}` is not within its parent `{parent.name}`")

found = set()
for span in spans:
    kind = Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_")
    found.add(f"{span.name} ({kind})")
    found.update(f"{span.name}: {attribute.key}" for attribute in span.attributes)
    for event in span.events:
        found.add(f"{span.name} ! {event.name}")
        found.update(f"{span.name} ! {event.name}: {key.key}" for key in event.attributes)
failures.extend(compare("name", found, names))

found = {
    f"{metric.name} ({metric.unit}) {metric.WhichOneof('data')}"
    for request in decoded("metrics-*.bin", ExportMetricsServiceRequest)
    for resource in request.resource_metrics
    for scope in resource.scope_metrics
    for metric in scope.metrics
}
failures.extend(compare("metric", found, metrics))

for failure in failures:
    print(failure)
traces = len({span.trace_id for span in spans})
print(f"{len(spans)} spans of {traces} traces, {len(found)} metrics: {len(failures)} failures")
sys.exit(1 if failures or not spans else 0)
