"""An HTTP client that waits for each answer, so that tests read in order."""

import asyncio
from typing import Any

import httpx


class Client:
    """Sends one request at a time through a transport."""

    def __init__(
        self, transport: httpx.AsyncBaseTransport, authorization: str | None = "Bearer any-key"
    ) -> None:
        self._transport = transport
        self._headers = {"authorization": authorization} if authorization else {}

    def send(
        self, method: str, path: str, body: object = None, *, content: bytes | None = None
    ) -> httpx.Response:
        """Send a request, with JSON or with bytes as they are."""
        return asyncio.run(self._send(method, path, body, content))

    def create(self, **body: object) -> Any:  # noqa: ANN401 -- tests look deep into bodies
        """Create an assistant and give it."""
        response = self.send("POST", "/assistant", body)
        assert response.status_code == 201, response.text
        return response.json()

    def get(self, path: str) -> Any:  # noqa: ANN401 -- as above
        """Give the JSON of a path."""
        response = self.send("GET", path)
        assert response.status_code == 200, response.text
        return response.json()

    async def _send(
        self, method: str, path: str, body: object, content: bytes | None
    ) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=self._transport, base_url="http://vapi.example", headers=self._headers
        ) as client:
            if content is not None:
                return await client.request(method, path, content=content)
            return await client.request(method, path, json=body)
