"""What a team asks of every definition of an environment, checked before anything is planned."""

from assistants_sync.definitions.policies.check import check_policies

__all__ = ["check_policies"]
