"""A plan as one page: everything in one file, nothing loaded, whole without its script."""

from assistants_sync.views.html.page import render_html

__all__ = ["render_html"]
