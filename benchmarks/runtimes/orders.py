"""A routed GET with a path parameter, and no models."""

from __future__ import annotations

from eventrouter import App

app = App()


@app.get("/orders/{order_id}")
def read_order(order_id: str) -> dict[str, object]:
    return {"id": order_id, "total": 9.5}
