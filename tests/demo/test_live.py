"""Live answers: the newest drawing wins, and only drawings of the page are answered."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sketchnet.utils.errors import InputError
from sketchnet_demo.live import PATH, Live
from sketchnet_demo.session import Session


class Page:
    """A page whose search waits until the test lets it go on; it answers with the record."""

    def __init__(self, auth: object = None) -> None:
        self.sessions: dict[str, dict[int, Session]] = {}
        self.queries: list[str] = []
        self.holds: dict[str, threading.Event] = {}
        self.started = threading.Event()
        self.live = Live(SimpleNamespace(_id=7), self.use, self.show)
        self.app = Starlette(routes=[self.live.route()])
        self.app.state_holder = self
        self.app.auth, self.app.auth_dependency, self.app.tokens = auth, None, {"t": "me"}
        self.app.cookie_id = "c"

    def __getitem__(self, name: str) -> dict[int, Session]:
        return self.sessions.setdefault(name, {7: Session("first")})

    def use(self, record: str, views: int, session: Session):
        if record == "broken":
            raise InputError("a drawing", "another", "draw again")
        self.queries.append(record)
        if record in self.holds:
            self.started.set()
            self.holds[record].wait(20)
        return lambda: session.set_query(None, views, [record])

    def show(self, session: Session, problem: InputError | None) -> dict[str, str]:
        return {"notice": str(problem)} if problem else {"shoes": session.drawing[0]}


def body(number: int, record: str, session: object = "a", views: object = 1) -> dict:
    return {"session": session, "number": number, "views": views, "record": record}


@pytest.fixture
def page():
    page = Page()
    with TestClient(page.app) as page.client:
        yield page


def test_a_drawing_is_answered_with_what_changed(page):
    answer = page.client.post(PATH, json=body(1, "one"))
    assert answer.json() == {"version": 1, "parts": {"shoes": "one"}}
    assert "first" not in answer.text


def test_an_error_in_a_drawing_is_shown_and_the_query_stays(page):
    page.client.post(PATH, json=body(1, "one"))
    assert "draw again" in page.client.post(PATH, json=body(2, "broken")).json()["parts"]["notice"]
    assert page["a"][7].drawing == ["one"]


def test_the_newest_drawing_wins_whichever_is_ready_first(page):
    page.holds["old"] = threading.Event()
    with ThreadPoolExecutor() as pool:
        old = pool.submit(page.client.post, PATH, json=body(1, "old"))
        assert page.started.wait(20)
        new = page.client.post(PATH, json=body(2, "new"))
        page.holds["old"].set()
        assert old.result().status_code == 204
    assert new.json()["parts"] == {"shoes": "new"}
    assert page["a"][7].drawing == ["new"]


def test_drawings_that_were_overtaken_while_they_waited_are_not_searched_for(page):
    page.holds["slow 1"] = page.holds["slow 2"] = threading.Event()
    with ThreadPoolExecutor() as pool:
        slow = [  # two other visitors occupy both places
            pool.submit(page.client.post, PATH, json=body(1, f"slow {n}", session=f"b{n}"))
            for n in (1, 2)
        ]
        while len(page.queries) < 2:
            assert not any(each.done() for each in slow)
        waiting = [pool.submit(page.client.post, PATH, json=body(n, f"{n}")) for n in (1, 2, 3)]
        while page["a"][7].newest_drawing < 3:
            assert not all(each.done() for each in waiting)
        page.holds["slow 1"].set()
        assert [each.result().status_code for each in waiting] == [204, 204, 200]
        assert [each.result().status_code for each in slow] == [200, 200]
    assert set(page.queries) - {"slow 1", "slow 2"} == {"3"}


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        b"[" * 100_000,
        b"[]",
        b'{"session": "a"}',
        json.dumps(body(1, "x", session="")).encode(),
        json.dumps(body(1, "x", session="a" * 65)).encode(),
        json.dumps(body(1, "x", session=["a"])).encode(),
        json.dumps(body(0, "x")).encode(),
        json.dumps(body(True, "x")).encode(),
        json.dumps(body(1 << 60, "x")).encode(),
        json.dumps(body(1, "x", views=1000)).encode(),
        json.dumps(body(1, ["x"])).encode(),
    ],
)
def test_forged_requests_are_refused(page, forged: bytes):
    answer = page.client.post(PATH, content=forged)
    assert answer.status_code == 422
    assert page.sessions == {}


def test_a_password_is_required():
    page = Page(auth=[("me", "secret")])
    with TestClient(page.app) as client:
        assert client.post(PATH, json=body(1, "one")).status_code == 401
        wrong = {"cookie": "access-token-c=x"}
        assert client.post(PATH, json=body(1, "one"), headers=wrong).status_code == 401
        assert page.sessions == {}
        right = {"cookie": "access-token-unsecure-c=t"}
        assert client.post(PATH, json=body(1, "one"), headers=right).status_code == 200
