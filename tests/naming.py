"""A stand-in that names every request, as a gateway does."""

from stand_in import StandIn
from stand_in_wire import Reply, Request


class NamingStandIn(StandIn):
    """Answers with `x-request-id`: the method and how many requests came until then."""

    def answer(self, request: Request) -> Reply:
        """Take a request, and name it."""
        reply = super().answer(request)
        name = f"{request.method}-{len(self.requests)}"
        return Reply(reply.status, reply.content, {**reply.headers, "x-request-id": name})
