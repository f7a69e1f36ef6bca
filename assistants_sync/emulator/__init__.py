"""A local stand-in of Vapi's `/assistant` API, built to its documents and sharing no code with us.

`app` routes, `fields` and `rules` validate, `presentation` says what a reply shows, `store` keeps,
`server` listens. The kinds that may refer to an assistant are there too, only as far as that goes:
`kinds` and `other_routes`. Only `app`, `exchange`, `other_routes` and `server` need the extra
`emulator`.
"""

from typing import Final

EMULATOR_ORG_ID: Final = "e0e0e0e0-0000-4000-8000-000000000001"
"""The organisation every emulated object belongs to, in every store."""
