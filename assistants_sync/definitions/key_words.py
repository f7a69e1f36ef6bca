"""What each key of our own is for, in a few words: an editor shows them.

One table for the project file and for what is reserved in a definition: a key that stands in
several places means the same in all of them.
"""

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    # a definition
    "key": "The identity, as in `assistant.KEY`; by default the file's name.",
    "kind": "What this defines.",
    "lifecycle": "How it may change, and what happens when its definition goes.",
    "protect": "Never delete it; kept in state, so it outlives the file.",
    "ignore_changes": "Paths that are sent on create and left alone afterwards, as `/voice/speed`.",
    "on_delete": "When its definition goes: delete it, forget it (it stays live), quarantine it.",
    "replace_with": "The address that takes over what refers to it, before it is deleted.",
    "policy_exceptions": "Policies it may break: name of the policy, and why.",
    "lint_exceptions": "Lints it may ignore: name of the lint, and why.",
    # the project file
    "project": "The project's name; it stands in the marker of every assistant.",
    "definitions": "The folder of the definitions; `assistants` by default.",
    "api_reference": "Hold every field to this API reference alone; by default either one will do.",
    "unknown_fields": "What an unknown field is: a fault (`error`), or passed on (`warn`).",
    "schema": "What the document of `schema pull` says of nested objects: a warning (`warn`), "
    "a fault (`strict`), or nothing (`off`).",
    "vars": "Values for `${var.NAME}`; an environment's go over the project's.",
    "drift": "What to do about a change by somebody else: put it back, keep it, or fail.",
    "environments": "Settings for each organisation, key and state; `--env` names one.",
    "token_env": "The variable that holds the API key.",
    "secret_command": "A command that prints the value of a `!secret`; see the README.",
    "org_id": "The organisation the key must belong to.",
    "moved": "Definitions whose key changed: the same assistant under another address.",
    "from": "The address it had.",
    "to": "The address it has now.",
    "removed": "Consent, by name, to what happens to something whose definition is gone.",
    "address": "What is gone, as `assistant.KEY`.",
    "action": "Delete it, forget it (it stays live), or quarantine it.",
    "api": "How to reach the API.",
    "base_url": "Where the API is; a key only goes to *.vapi.ai or this machine unless allowed.",
    "timeout_seconds": "How long one request may take.",
    "settle_seconds": "How much longer a request without an answer could still take effect.",
    "safety": "Brakes on deletions and on old plans; what is stricter holds.",
    "allow_empty": "Whether no definitions at all may mean: delete everything.",
    "max_deletes": "More deletions than this need the exact number.",
    "max_delete_ratio": "A larger share of what is owned needs the exact number; 0.2 is a fifth.",
    "max_destructive_updates": "More destructive updates than this need the exact number.",
    "protect_all": "Protect everything that is owned.",
    "quarantine_days": "How long something stays quarantined before it may be deleted.",
    "plan_ttl": "A saved plan older than this is stale, as `24h`.",
    "state": "Where state is kept.",
    "dir": "A folder of this project; `state` by default.",
    "url": "A place that a team shares: s3://, gs://, az://, postgres:// or https://.",
    "http": "How a server of Terraform's HTTP protocol locks and writes.",
    "lock_url": "Where to lock; by default the address of the state itself.",
    "unlock_url": "Where to unlock; by default the address of the state itself.",
    "lock_method": "The method that locks.",
    "unlock_method": "The method that unlocks.",
    "update_method": "The method that writes.",
    "journal_url": "Where the journal is; on GitLab and Gitea beside the state, else within it.",
    "lints": "How loud each lint is.",
    "policies": "What every definition has to keep to; all are off unless set.",
    "require_protect": "Every definition is protected.",
    "name_pattern": "A regular expression that the whole `name` fits.",
    "max_prompt_length": "The most characters of all system text.",
    "required_fields": "Paths that must have a value, as `server.url`.",
    "forbidden_models": "Models nobody may use, as `openrouter/*`.",
    "forbidden_voices": "Voices nobody may use, as `playht/*`.",
    "no_inline_secrets": "No key, token or password is written out.",
}
"""By key."""
