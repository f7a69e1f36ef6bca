"""Live objects to what we own: which ones, under which keys, and what their definitions say. Pure.

Taking over is book-keeping: nothing is written to the server unless the marker is claimed. What we
never wrote has no applied values in state, so the next plan compares it two ways.
"""

from assistants_sync.importing.choose import Adoption, Choice, Wish, choose, claim_of, owned_of
from assistants_sync.importing.declare import declared_of
from assistants_sync.importing.draft import Draft, Drafts, draft_all
from assistants_sync.importing.known import assume_unread

__all__ = [
    "Adoption",
    "Choice",
    "Draft",
    "Drafts",
    "Wish",
    "assume_unread",
    "choose",
    "claim_of",
    "declared_of",
    "draft_all",
    "owned_of",
]
