"""Whether a request may see the page, for the routes that are not Gradio's own."""

from __future__ import annotations

import inspect

from starlette.requests import Request


async def signed_in(request: Request) -> bool:
    """True without a password, and for a visitor who has entered it: as for Gradio's routes."""
    app = request.app
    if app.auth_dependency is not None:
        user = app.auth_dependency(request)
        return (await user if inspect.isawaitable(user) else user) is not None
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    tokens = (request.cookies.get(name) for name in names)
    return app.auth is None or any(token in app.tokens for token in tokens if token)
