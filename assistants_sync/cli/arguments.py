"""What was typed, typed: the one form in which the command line reaches a command."""

import argparse
from collections.abc import Sequence
from pathlib import Path


class Arguments(argparse.Namespace):
    """What was typed, with a type for every flag; a flag not taken keeps its default."""

    command: str = ""
    subcommand: str = ""
    chdir: Path = Path()
    env: str | None = None
    emulator: bool = False
    verbose: bool = False
    no_color: bool = False
    no_cache: bool = False
    allow_host: Sequence[str] = ()
    format: str = "human"
    log_format: str = "human"
    detail: str = "normal"
    target: Sequence[str] = ()
    exclude: Sequence[str] = ()
    resolve: Sequence[str] = ()
    out: Path | None = None
    out_files: Sequence[tuple[str, Path]] = ()
    detailed_exitcode: bool = False
    refresh_only: bool = False
    secrets_unavailable: bool = False
    parallelism: int = 8
    auto_approve: bool = False
    allow_deletes: int | None = None
    allow_destructive: int | None = None
    accept_gone: int | None = None
    expect_digest: str | None = None
    skip_deletes: bool = False
    allow_same_name: bool = False
    lock_timeout: float = 0.0
    wait_for_calls: float = 0.0
    restore_as: str | None = None
    dry_run: bool = False
    write_env: bool = False
    without: Sequence[str] = ()
    older_than: float | None = None
    unused_for: float | None = None
    name: str | None = None
    unreferenced: bool = False
    sort: str = "name"
    ids: Sequence[str] = ()
    quarantine: bool = False
    expired: bool = False
    detach: Sequence[str] = ()
    ignore_unreadable: Sequence[str] = ()
    files: Sequence[str] = ()
    check: bool = False
    diff: bool = False
    stdin_name: str = "definition.yaml"
    addresses: Sequence[str] = ()
    pull: bool = False
    file: Path | None = None
    address: str | None = None
    to_address: str | None = None
    id: str | None = None
    what: Sequence[str] = ()
    match: str | None = None
    prompts_as_files: bool = False
    all: bool = False
    claim: bool = False
    take_over: bool = False
    reason: str | None = None
    to: str | None = None
    source: str | None = None
    port: int = 8484
    project: str | None = None
    environments: Sequence[str] = ()
    definitions: str | None = None
    state: str | None = None
    forge: str | None = None
    import_now: bool = False
    from_gitops: Path | None = None
    example: bool = False
    without_key: bool = False
    shell: str = ""
