"""The closed lists of locales and languages of a catalogue: there is `nl`, and no `nl-NL`."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# developers.pinterest.com/docs/api/v5: CatalogsLocale and Language
LOCALES = _words("""
    af-ZA ar-SA bg-BG bn-IN cs-CZ da-DK de el-GR en-AU en-CA en-GB en-IN en-US es-419 es-AR es-ES es-MX fi-FI fr fr-CA
    he-IL hi-IN hr-HR hu-HU id-ID it ja ko-KR ms-MY nb-NO nl pl-PL pt-BR pt-PT ro-RO ru-RU sk-SK sv-SE te-IN th-TH
    tl-PH tr uk-UA vi-VN zh-CN zh-TW
""")
LANGUAGES = _words("""
    AM AR AZ BG BN BS CA CS DA DV DZ DE EL EN ES ET FA FI FR HE HI HR HU HY ID IN IS IT IW JA KA KM KO LO LT LV MK MN MS
    MY NB NE NL NO PL PT RO RU SK SL SQ SR SV TL UK VI TE TH TR XX ZH
""")


def is_language(text: str) -> bool:
    """Tell whether a batch of items may name this language."""
    return text in LOCALES or text in LANGUAGES
