"""The catalogue of a gallery in Qdrant: filters are payload filters, and the server counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

import numpy as np

from sketchnet.data.pairs.file_names import natural_order
from sketchnet.imaging.colours import NAMED_COLOURS
from sketchnet.retrieval.catalogue.catalogue import shown
from sketchnet.retrieval.catalogue.columns import MAX_CHOICES, Choice, Facet
from sketchnet.retrieval.catalogue.facets import Facets
from sketchnet.retrieval.catalogue.fields import Field
from sketchnet.retrieval.catalogue.filters import LEAST_SHARE, Filters, WishedColour
from sketchnet.retrieval.catalogue.wishes import COLOUR_WEIGHT, ENOUGH, TEXT_WEIGHT
from sketchnet.retrieval.catalogue.words import words_of
from sketchnet.retrieval.gallery.qdrant_client import qdrant_errors
from sketchnet.retrieval.gallery.qdrant_payload import colour_name, filter_of
from sketchnet.retrieval.gallery.qdrant_ranking import rank_inside

MAX_BY_WISHES = 10_000  # photos that words or colours alone can find


class QdrantCatalogue:
    """Fields and colours of the photos of a collection, as `catalogue.Catalogue` gives them."""

    def __init__(self, client: Any, collection: str, url: str, fields: tuple[Field, ...]) -> None:
        self.client, self.collection, self.url = client, collection, url
        self.fields = fields

    def values(self, row: int) -> dict[str, Any]:
        """Return the fields of a photo in their order, without the empty ones."""
        if not self.fields:
            return {}
        keys = [f"f{number}" for number in range(len(self.fields))]
        with qdrant_errors(self.url):
            points = self.client.retrieve(self.collection, [int(row)], with_payload=keys)
        payload = (points[0].payload or {}) if points else {}
        pairs = [(f, payload.get(key)) for f, key in zip(self.fields, keys, strict=True)]
        values = {f.name: shown(f, cell) for f, cell in pairs if cell is not None}
        return {name: value for name, value in values.items() if value is not None}

    def count(self, condition: Any) -> int:
        """Return the number of photos that meet a filter of Qdrant."""
        with qdrant_errors(self.url):
            return self.client.count(self.collection, count_filter=condition, exact=True).count

    def facets(self, filters: Filters = Filters()) -> Facets:  # noqa: B008 (it is frozen)
        """Count what the photos left have, as `Catalogue.facets`."""
        left = filter_of(filters, self.fields)
        facets = []
        for number, field in enumerate(self.fields):
            others = filter_of(filters, self.fields, but=field.name)
            if field.type in ("category", "tags"):
                facets.append(self._choices(number, field, others))
            elif field.type in ("number", "date"):
                facets.append(self._ends(number, field, others))
        colours = []
        for name, colour in NAMED_COLOURS.items():
            wish = WishedColour(colour, LEAST_SHARE)
            if count := self.count(_both(left, filter_of(Filters(colours=(wish,)), self.fields))):
                colours.append(Choice(name, count))
        colours.sort(key=lambda choice: -choice.count)
        return Facets(self.count(left), tuple(facets), tuple(colours))

    def _choices(self, number: int, field: Field, condition: Any) -> Facet:
        with qdrant_errors(self.url):
            hits = self.client.facet(
                self.collection, f"f{number}", condition, limit=MAX_CHOICES, exact=True
            ).hits
        # The index also lists values that no photo has any more.
        choices = tuple(Choice(str(hit.value), hit.count) for hit in hits if hit.count)
        return Facet(field, choices)

    def _ends(self, number: int, field: Field, condition: Any) -> Facet:
        from qdrant_client import models

        key, ends = f"n{number}", []
        for direction in (models.Direction.ASC, models.Direction.DESC):
            order = models.OrderBy(key=key, direction=direction)
            with qdrant_errors(self.url):
                points, _ = self.client.scroll(
                    self.collection, condition, limit=1, order_by=order, with_payload=[key]
                )
            ends += [point.payload[key] for point in points]
        if len(ends) < 2:
            return Facet(field)
        if field.type == "date":
            return Facet(field, (), *(date.fromordinal(int(end)).isoformat() for end in ends))
        return Facet(field, (), float(ends[0]), float(ends[1]))


def _both(first: Any, second: Any) -> Any:
    from qdrant_client import models

    return models.Filter(must=[each for each in (first, second) if each is not None])


@dataclass(frozen=True)
class RemoteWishes:
    """Words and named colours that bring photos to the front (`catalogue.wishes` has the mix)."""

    words: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()

    @property
    def weight(self) -> float:
        return TEXT_WEIGHT * bool(self.words) + COLOUR_WEIGHT * bool(self.colours)

    @property
    def keys(self) -> list[str]:
        """What of the payload `added` needs."""
        return ["id", *["words"] * bool(self.words), *(f"c_{name}" for name in self.colours)]

    def added(self, payload: dict[str, Any]) -> float:
        """Return what the wishes add to the distance of a photo."""
        added = 0.0
        if self.words:
            score = len({*self.words} & {*payload.get("words", ())}) / len(self.words)
            added += TEXT_WEIGHT * 2 * (1 - score)
        if self.colours:
            enough = ENOUGH / len(self.colours)
            scores = [min(payload.get(f"c_{name}", 0.0) / enough, 1) for name in self.colours]
            added += COLOUR_WEIGHT * 2 * (1 - sum(scores) / len(scores))
        return added

    def formula(self) -> Any:
        """Return `added` as a formula of Qdrant, or None where nothing is wished."""
        from qdrant_client import models

        terms: list[Any] = []
        for word in dict.fromkeys(self.words):
            match = models.FieldCondition(key="words", match=models.MatchValue(value=word))
            factor = -2 * TEXT_WEIGHT / len(self.words)
            terms.append(models.MultExpression(mult=[factor, match]))
        for name in self.colours:
            enough = ENOUGH / len(self.colours)
            share = models.MultExpression(mult=[1 / enough, f"c_{name}"])
            # The smaller of share and 1 is half of share + 1 - |share - 1|.
            over = models.AbsExpression(abs=models.SumExpression(sum=[share, -1.0]))
            smaller = models.SumExpression(sum=[share, 1.0, models.NegExpression(neg=over)])
            factor = -COLOUR_WEIGHT / len(self.colours)
            terms.append(models.MultExpression(mult=[factor, smaller]))
        if not terms:
            return None
        return models.FormulaQuery(
            formula=models.SumExpression(sum=[2 * self.weight, *terms]),
            defaults={f"c_{name}": 0.0 for name in self.colours},
        )

    def conditions(self) -> list[Any]:
        """Return filters of Qdrant, of photos that fit some of the wishes."""
        from qdrant_client import models

        words = [
            models.FieldCondition(key="words", match=models.MatchValue(value=word))
            for word in self.words
        ]
        colours = [
            models.FieldCondition(key=f"c_{name}", range=models.Range(gt=0))
            for name in self.colours
        ]
        every = [models.Filter(must=[each]) for each in (*words, *colours)]
        return [models.Filter(must=[*words, *colours]), *every]


def wishes_of(text: str, colours: Sequence[WishedColour]) -> RemoteWishes:
    """Return wishes. Raises InputError for a colour that a collection does not know."""
    return RemoteWishes(tuple(words_of(text)), tuple(map(colour_name, colours)))


class RestrictedRemote:
    """Some photos of a collection, with wishes: what `Ranker` ranks instead of all.

    Without wishes the nearest photos are exact. With wishes they are the best of the nearest k in
    all, of those with each word or colour, and of those with all of them.
    """

    def __init__(self, gallery: Any, condition: Any, wishes: RemoteWishes) -> None:
        """`gallery`: a `QdrantGallery`; `condition`: a filter of Qdrant, or None."""
        self.gallery, self.condition, self.wishes = gallery, condition, wishes
        self.vectors, self.maps = gallery.embeddings.vectors, gallery.embeddings.maps
        self.length = gallery.catalogue.count(condition)
        self._added: dict[int, float] = {}

    def __len__(self) -> int:
        return self.length

    @property
    def ranks_inside(self) -> bool:
        return self.gallery.embeddings.ranks_inside

    def rank_inside(self, ranker: Any, query: Any, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return what `Ranker.rank` does, by one request (`qdrant_ranking`)."""
        self.gallery.check_count(max(k, ranker.depth))
        conditions = [None, *self.wishes.conditions()] if self.wishes.weight else [None]
        both = [_both(self.condition, condition) for condition in conditions]
        sources = [each if each.must else None for each in both]
        added = self.wishes.formula()
        return rank_inside(self.gallery, ranker, query, min(k, len(self)), sources, added)

    def added(self, rows: np.ndarray) -> np.ndarray:
        """Return what is added to the distances of rows that `nearest` has found."""
        return np.array([self._added.get(int(row), 0.0) for row in rows], np.float32)

    def nearest(self, queries: np.ndarray | None, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return rows and distances as `RestrictedEmbeddings.nearest`."""
        conditions = [None] if queries is not None or not self.wishes.weight else []
        conditions += self.wishes.conditions() if self.wishes.weight else []
        found: dict[int, float] = {}
        for condition, query in product(conditions, [None] if queries is None else queries):
            both = _both(self.condition, condition)
            points = self._points(query, both if both.must else None, min(k, len(self)))
            for point in points:
                added = self.wishes.added(point.payload)
                score = getattr(point, "score", 1.0)
                self._added[point.id] = added
                distance = max(2 - 2 * score, 0) + added
                found[point.id] = min(distance, found.get(point.id, distance))
        # Photos that only words find have few distances: they come in the order of a folder.
        names = {row: natural_order(self.gallery.ids[row]) for row in found}
        rows = sorted(found, key=lambda row: (np.float32(found[row]), names[row]))[:k]
        distances = np.array([found[row] for row in rows], np.float32)
        return np.array(rows, np.intp), distances

    def _points(self, vector: np.ndarray | None, condition: Any, k: int) -> Sequence[Any]:
        gallery, keys = self.gallery, self.wishes.keys
        with qdrant_errors(gallery.url):
            if vector is None:
                points, _ = gallery.client.scroll(
                    gallery.collection, condition, limit=MAX_BY_WISHES, with_payload=keys
                )
            elif not k:
                return ()
            else:
                return gallery.neighbours(vector, k, condition, keys)
        gallery.ids.cache(points)
        return points
