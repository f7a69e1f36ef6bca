"""Keys of a voice that only some providers have; any other provider refuses them.

What more than two providers have (`speed`, `model`, `language`) is left out: one more may take it
any day. `MOVED` is what was in fact refused, and where it belongs.

Source: the 20 voices of CreateAssistantDTO in the OpenAPI document of 2026-08-20.
"""

from collections.abc import Mapping
from typing import Final

_OWN: Final[Mapping[str, str]] = {
    "11labs": (
        "autoMode enableSsmlParsing optimizeStreamingLatency pronunciationDictionaryLocators"
        " similarityBoost stability style useSpeakerBoost"
    ),
    "azure": "",
    "cartesia": "experimentalControls generationConfig pronunciationDictId",
    "custom-voice": "server",
    "deepgram": "mipOptOut",
    "hume": "description isCustomHumeVoice",
    "inworld": "languageCode speakingRate temperature",
    "lmnt": "",
    "microsoft": "role style styleDegree",
    "minimax": ("emotion languageBoost pitch region subtitleType textNormalizationEnabled volume"),
    "neuphonic": "",
    "openai": "instructions",
    "playht": "emotion styleGuidance temperature textGuidance voiceGuidance",
    "rime-ai": "inlineSpeedAlpha pauseBetweenBrackets phonemizeBetweenBrackets reduceLatency",
    "sesame": "",
    "smallest-ai": "",
    "tavus": (
        "callbackUrl conversationName conversationalContext customGreeting personaId properties"
    ),
    "vapi": "pronunciationDictionary version",
    "wellsaid": "enableSsml libraryIds",
    "xai": "",
}

PROVIDERS: Final = frozenset(_OWN)
"""Every provider of which we know the keys."""

OWNERS: Final[Mapping[str, tuple[str, ...]]] = {
    key: tuple(each for each, keys in _OWN.items() if key in keys.split())
    for key in sorted({key for keys in _OWN.values() for key in keys.split()})
}
"""The one or two providers that have each key."""

MOVED: Final[Mapping[tuple[str, str], str]] = {
    ("cartesia", "speed"): "write it in `generationConfig`",
    ("cartesia", "volume"): "write it in `generationConfig`",
    ("cartesia", "enableSsmlParsing"): "remove it: a cartesia voice always reads SSML",
    ("11labs", "generationConfig"): "write `speed` beside `voiceId`",
}
"""What to write instead, by provider and key.

Source: VapiAI/gitops, improvements.md no. 9 (2026-04-19) and docs/learnings/voice-providers.md
(read 2026-11-21).
"""
