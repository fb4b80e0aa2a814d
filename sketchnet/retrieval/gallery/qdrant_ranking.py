"""Both stages and the hubness correction as one request, which any engine of Qdrant answers.

What the request computes is what `Ranker.rank` does with a gallery in memory:

    first stage   the nearest photos of the query and of its mirror image (one prefetch each, or
                  more where words and colours bring others), joined by the larger dot product
    re-ranking    of these photos MaxSim with the coded cells (`models.coded_cells`) of the query
                  and of its mirror image, of which the larger counts
    formula       (1 - weight) * distance + weight * 2 * (1 - local score), plus the photo's hubness
                  penalty, a number in its payload, plus what wishes add

Ids and distances come back; vectors and maps stay where they are. The engine wants the best to have
the largest score, so every score here is a negative distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sketchnet.inference.embedder import Embeddings
from sketchnet.models.coded_cells import DIGITS as CELL_DIGITS
from sketchnet.models.coded_cells import QueryCells, query_cells

VECTOR, CELLS = "vector", "cells"
PENALTY = "penalty"  # key of the payload
MIN_SEARCH_DEPTH = 256  # `hnsw_ef` of the index; small collections are searched exactly
OVERSAMPLING = 2.0  # quantised vectors find twice as many, the exact ones choose among them
DIGITS = 6  # decimals of a query's vector, which travels as text
FAR = -100.0  # score of a photo that another prefetch has found


def search_parameters(limit: int, exact: bool) -> Any:
    """Return how an index is searched for the nearest `limit` photos."""
    from qdrant_client import models

    quantized = models.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING)
    depth = max(MIN_SEARCH_DEPTH, limit)
    return models.SearchParams(hnsw_ef=depth, exact=exact, quantization=quantized)


def first_stage(
    query: Embeddings, limit: int, sources: Sequence[Any], added: Any = None
) -> dict[str, Any]:
    """Return the first stage, as the fields of a request or of a prefetch.

    Args:
        query: one row, with or without its mirror image.
        limit: number of photos.
        sources: filters of Qdrant, one for each prefetch of either orientation; None = all photos.
        added: a `FormulaQuery` of what wishes add to a distance, or None.

    Its score is -(squared distance + added).
    """
    from qdrant_client import models

    vectors = [each.vectors[0] for each in (query, query.mirrored) if each is not None]
    prefetch = [
        models.Prefetch(
            query=_floats(vector, DIGITS),
            using=VECTOR,
            filter=source,
            limit=limit,
            params=search_parameters(limit, exact=source is not None),
        )
        for source in sources
        for vector in vectors
    ]
    scores = [f"$score[{number}]" for number in range(len(prefetch))]
    wishes, defaults = (None, {}) if added is None else (_minus(added.formula), added.defaults)
    score = _sum(_times(2.0, _largest(scores)), -2.0, wishes)
    formula = models.FormulaQuery(formula=score, defaults=defaults | dict.fromkeys(scores, FAR))
    return {"prefetch": prefetch, "query": formula, "limit": limit}


def ranking_request(
    query: Embeddings,
    depth: int,
    weight: float,
    sources: Sequence[Any],
    *,
    added: Any = None,
    penalised: bool = False,
    limit: int,
    with_vectors: bool = False,
) -> Any:
    """Return the request that ranks the nearest `depth` photos.

    Args:
        weight: of the local score; 0 where the collection has no cells.
        penalised: whether the penalties of the payload count.
        limit: number of photos to return, at most `depth`.
        with_vectors: whether their vectors are returned too.

    The score of a photo is the negative of its distance.
    """
    from qdrant_client import models

    stage = first_stage(query, depth, sources, added)
    cells = _cells_of(query) if weight > 0 else []
    weight = weight if cells else 0.0
    drawn = [each for each in cells if len(each.vectors)]
    prefetch = [models.Prefetch(**stage)]
    prefetch += [
        models.Prefetch(
            prefetch=[models.Prefetch(**stage)],
            query=_floats(each.vectors, CELL_DIGITS),
            using=CELLS,
            limit=depth,
        )
        for each in drawn
    ]
    scores: list[Any] = [
        _sum(_times(1 / each.weight, f"$score[{number}]"), -each.offset / each.weight)
        for number, each in enumerate(drawn, start=1)
    ]
    scores += [0.0] * (len(drawn) < len(cells))  # of a map without a drawn cell
    local = _times(2 * weight, _sum(_largest(scores), -1.0)) if scores else None
    # The first stage has taken off all of `added`; re-ranking scales it, and keeps all of it.
    wishes = None if added is None else _times(-weight, added.formula)
    penalty = _minus(PENALTY) if penalised else None
    score = _sum(_times(1 - weight, "$score[0]"), local, wishes, penalty)
    defaults: dict[str, Any] = {f"$score[{number}]": FAR for number in range(len(prefetch))}
    defaults |= {PENALTY: 0.0} | ({} if added is None else added.defaults)
    return models.QueryRequest(
        prefetch=prefetch,
        query=models.FormulaQuery(formula=score, defaults=defaults),
        limit=limit,
        with_payload=["id"],
        with_vector=[VECTOR] if with_vectors else False,
    )


def rank_inside(
    gallery: Any,
    ranker: Any,
    query: Embeddings,
    k: int,
    sources: Sequence[Any] = (None,),
    added: Any = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and distances of the k nearest photos, as `Ranker.rank`, by one request.

    Args:
        gallery: a `QdrantGallery` with coded cells.
        ranker: a `Ranker`.
        sources, added: as for `first_stage`.
    """
    from qdrant_client import models

    hubness = ranker.hubness if query.of_sketches else None
    weight = ranker.weight if gallery.map_shape else 0.0
    stored = hubness is not None and hubness.digest == gallery.querybank
    fetched = hubness is not None and not stored  # vectors come, and penalties are computed here
    whole = fetched or k > ranker.depth
    requests = [
        ranking_request(
            query,
            ranker.depth,
            weight,
            sources,
            added=added,
            penalised=stored,
            limit=ranker.depth if whole else k,
            with_vectors=fetched,
        )
    ]
    if k > ranker.depth:
        stage = first_stage(query, k, sources, added)
        requests.append(models.QueryRequest(**stage, with_payload=["id"]))
    found = gallery.ask(requests)
    rows, distances = _rows(found[0])
    if hubness is not None and fetched and len(rows):
        vectors = np.array([point.vector[VECTOR] for point in found[0]], np.float32)
        distances = distances + hubness.penalties(vectors)
    order = np.lexsort((rows, distances))
    rows, distances = rows[order], distances[order]
    if k > ranker.depth and len(rows):
        others, behind = _rows(found[1])
        left = ~np.isin(others, rows)
        others, behind = others[left], behind[left]
        if len(others):
            shift = max(0.0, distances[-1] - behind[0])
            behind = np.maximum(behind + shift, distances[-1])
        rows, distances = np.concatenate([rows, others]), np.concatenate([distances, behind])
    return rows[:k], distances[:k].astype(np.float32)


def _rows(points: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    rows = np.array([point.id for point in points], np.intp)
    return rows, -np.array([point.score for point in points], np.float32)


def _cells_of(query: Embeddings) -> list[QueryCells]:
    both = (query, query.mirrored)
    return [query_cells(each.maps[0]) for each in both if each and each.maps is not None]


def _floats(values: np.ndarray, digits: int) -> list[Any]:
    """Numbers with few decimals: as float64, since those of float32 are no short decimals."""
    return values.astype(np.float64).round(digits).tolist()


def _times(factor: float, expression: Any) -> Any:
    from qdrant_client import models

    return models.MultExpression(mult=[float(factor), expression])


def _minus(expression: Any) -> Any:
    from qdrant_client import models

    return models.NegExpression(neg=expression)


def _sum(*expressions: Any) -> Any:
    from qdrant_client import models

    return models.SumExpression(sum=[each for each in expressions if each is not None])


def _largest(expressions: Sequence[Any]) -> Any:
    """The largest of expressions, by absolute values, which the oldest servers know as well."""
    from qdrant_client import models

    largest = expressions[0]
    for other in expressions[1:]:
        distance = models.AbsExpression(abs=_sum(largest, _minus(other)))
        largest = _times(0.5, _sum(largest, other, distance))
    return largest
