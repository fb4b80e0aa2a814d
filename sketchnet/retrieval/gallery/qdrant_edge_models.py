"""Requests of `qdrant_client.models` as those of `qdrant_edge`: the same content, other classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

HNSW_LINKS, HNSW_BUILD = 16, 100  # `m` and `ef_construct`, as a server has them
FULL_SCAN = 10_000  # kB of vectors that are searched without an index


def create_shard(folder: Path, vectors_config: Any) -> Any:
    """Create a shard with the vectors of `VectorParams`, by name or one without a name."""
    import qdrant_edge as edge

    if isinstance(vectors_config, dict):
        vectors: Any = {name: _vector_params(each) for name, each in vectors_config.items()}
    else:
        vectors = _vector_params(vectors_config)
    folder.mkdir(parents=True, exist_ok=True)
    # One segment: an index of all photos, and a search asks once.
    optimizers = edge.EdgeOptimizersConfig(default_segment_number=1, indexing_threshold=FULL_SCAN)
    config = edge.EdgeConfig(
        vectors=vectors, payload_memory=edge.Memory.Cold, optimizers=optimizers
    )
    return edge.EdgeShard.create(str(folder), config)


def _vector_params(params: Any) -> Any:
    import qdrant_edge as edge

    links = HNSW_LINKS
    if params.hnsw_config is not None and params.hnsw_config.m is not None:
        links = params.hnsw_config.m
    multiple = params.multivector_config is not None
    quantized = params.quantization_config is not None
    memory = edge.Memory.Cold if params.on_disk else edge.Memory.Cached
    return edge.EdgeVectorParams(
        size=params.size,
        distance=edge.Distance.Dot,
        memory=memory,
        multivector_config=edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim)
        if multiple
        else None,
        datatype=edge.VectorStorageDatatype.Float16
        if params.datatype is not None and params.datatype.value == "float16"
        else edge.VectorStorageDatatype.Float32,
        hnsw_config=edge.HnswIndexConfig(links, HNSW_BUILD, FULL_SCAN),
        quantization_config=edge.ScalarQuantizationConfig(
            edge.ScalarType.Int8, quantile=0.99, memory=edge.Memory.Pinned
        )
        if quantized
        else None,
    )


def upsert_update(points: Sequence[Any]) -> Any:
    import qdrant_edge as edge

    return edge.UpdateOperation.upsert_points(
        [edge.Point(point.id, point.vector, point.payload) for point in points]
    )


def index_update(key: str, schema: Any) -> Any:
    import qdrant_edge as edge

    kind = {"keyword": edge.PayloadSchemaType.Keyword, "float": edge.PayloadSchemaType.Float}
    return edge.UpdateOperation.create_field_index(key, kind[schema.value])


def payload_update(points: Sequence[int], payload: dict[str, Any]) -> Any:
    import qdrant_edge as edge

    return edge.UpdateOperation.set_payload(list(points), payload)


def payload_deletion(points: Sequence[int], keys: Sequence[str]) -> Any:
    import qdrant_edge as edge

    return edge.UpdateOperation.delete_payload(list(points), list(keys))


def count_request(count_filter: Any, exact: bool) -> Any:
    import qdrant_edge as edge

    return edge.CountRequest(exact=exact, filter=_filter(count_filter))


def facet_request(key: str, facet_filter: Any, limit: int, exact: bool) -> Any:
    import qdrant_edge as edge

    return edge.FacetRequest(key, limit=limit, exact=exact, filter=_filter(facet_filter))


def scroll_request(
    scroll_filter: Any, *, limit: int, with_payload: Any = True, order_by: Any = None
) -> Any:
    import qdrant_edge as edge

    order = None
    if order_by is not None:
        falling = order_by.direction is not None and order_by.direction.value == "desc"
        direction = edge.Direction.Desc if falling else edge.Direction.Asc
        order = edge.OrderBy(order_by.key, direction)
    return edge.ScrollRequest(
        limit=limit, filter=_filter(scroll_filter), with_payload=with_payload, order_by=order
    )


def query_request(request: Any) -> Any:
    """Translate a `QueryRequest`."""
    import qdrant_edge as edge

    return edge.QueryRequest(
        **_stage(request),
        with_payload=request.with_payload,
        with_vector=request.with_vector or False,
    )


def _prefetch(prefetch: Any) -> Any:
    import qdrant_edge as edge

    return edge.Prefetch(**_stage(prefetch))


def _stage(given: Any) -> dict[str, Any]:
    prefetches = given.prefetch or []
    if not isinstance(prefetches, list):
        prefetches = [prefetches]
    return {
        "limit": given.limit,
        "prefetches": [_prefetch(each) for each in prefetches],
        "query": _query(given.query, given.using),
        "filter": _filter(given.filter),
        "params": _parameters(given.params),
    }


def _query(query: Any, using: str | None) -> Any:
    import qdrant_edge as edge

    if hasattr(query, "formula"):
        return edge.Formula(_expression(query.formula), query.defaults or {})
    return edge.Query.Nearest(getattr(query, "nearest", query), using)


def _parameters(params: Any) -> Any:
    import qdrant_edge as edge

    if params is None:
        return None
    found = params.quantization
    quantization = None
    if found is not None:
        quantization = edge.QuantizationSearchParams(
            ignore=bool(params.exact), rescore=found.rescore, oversampling=found.oversampling
        )
    return edge.SearchParams(
        hnsw_ef=params.hnsw_ef, exact=bool(params.exact), quantization=quantization
    )


def _expression(expression: Any) -> Any:
    from qdrant_client import models
    from qdrant_edge import Expression

    if isinstance(expression, float | int):
        return Expression.Constant(float(expression))
    if isinstance(expression, str):
        return Expression.Variable(expression)
    if isinstance(expression, models.SumExpression):
        return Expression.Sum([_expression(each) for each in expression.sum])
    if isinstance(expression, models.MultExpression):
        return Expression.Mult([_expression(each) for each in expression.mult])
    if isinstance(expression, models.NegExpression):
        return Expression.Neg(_expression(expression.neg))
    if isinstance(expression, models.AbsExpression):
        return Expression.Abs(_expression(expression.abs))
    return Expression.Condition(_condition(expression))


def _filter(given: Any) -> Any:
    import qdrant_edge as edge

    if given is None:
        return None
    must = given.must or []
    return edge.Filter(must=[_condition(each) for each in must])


def _condition(condition: Any) -> Any:
    import qdrant_edge as edge
    from qdrant_client import models

    if isinstance(condition, models.Filter):
        return _filter(condition)
    if isinstance(condition, models.HasIdCondition):
        return edge.HasIdCondition({*condition.has_id})
    match = condition.match
    if isinstance(match, models.MatchAny):
        values: Any = list(match.any)
        match = edge.MatchAny(values)
    elif match is not None:
        match = edge.MatchValue(match.value)
    span = condition.range
    if span is not None:
        span = edge.RangeFloat(gte=span.gte, gt=span.gt, lte=span.lte, lt=span.lt)
    return edge.FieldCondition(condition.key, match=match, range=span)
