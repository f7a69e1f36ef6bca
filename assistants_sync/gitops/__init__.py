"""The vendor's gitops repository to definitions of ours: reads its files, writes none."""

from assistants_sync.gitops.names import environments_of
from assistants_sync.gitops.take import Migration, Taken, TakenFile, take
from assistants_sync.gitops.tree import GitopsTree

__all__ = ["GitopsTree", "Migration", "Taken", "TakenFile", "environments_of", "take"]
