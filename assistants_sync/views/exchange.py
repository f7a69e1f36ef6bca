"""One request to the API as a line for people, and as JSON."""

from urllib.parse import urlencode

from assistants_sync.model.exchange import Exchange
from assistants_sync.model.value import JsonValue
from assistants_sync.views.escape import escape


def render_exchange(exchange: Exchange) -> str:
    """Give one request on a line: what was asked, what came, how soon."""
    asked = f"{exchange.method} {exchange.path}"
    if exchange.query:
        asked += f"?{urlencode(exchange.query)}"
    came = str(exchange.status) if exchange.status is not None else exchange.error or "no answer"
    name = f", request id {exchange.request_id}" if exchange.request_id else ""
    return escape(f"{asked}: {came} in {exchange.seconds * 1000:.0f} ms{name}")


def exchange_json(exchange: Exchange) -> dict[str, JsonValue]:
    """Give one request as JSON."""
    return {
        "method": exchange.method,
        "path": exchange.path,
        "query": exchange.query,
        "status": exchange.status,
        "duration_ms": round(exchange.seconds * 1000, 1),
        "request_id": exchange.request_id,
        "error": exchange.error,
    }
