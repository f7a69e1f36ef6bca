"""The flags of `fmt`."""

import argparse


def add_fmt_flags(parser: argparse.ArgumentParser) -> None:
    """Which files, and whether they are rewritten."""
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="only these, or - for stdin to stdout (default: every definition and the project "
        "file)",
    )
    parser.add_argument(
        "--check", "-check", action="store_true", help="write nothing; end with 1 if it would"
    )
    parser.add_argument(
        "--diff", "-diff", action="store_true", help="show what changes, line by line"
    )
    parser.add_argument(
        "--stdin-name", metavar="FILE", help="what stdin is called, to tell .md from .yaml"
    )
