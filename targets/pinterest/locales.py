"""The languages that a catalogue can be in: a closed list of the vendor's, with `nl` in it and no `nl-NL`."""

from __future__ import annotations

# developers.pinterest.com/docs/api/v5: CatalogsLocale
NAMED = """
    af-ZA ar-SA bg-BG bn-IN cs-CZ da-DK de el-GR en-AU en-CA en-GB en-IN en-US es-419 es-AR es-ES es-MX fi-FI fr fr-CA
    he-IL hi-IN hr-HR hu-HU id-ID it ja ko-KR ms-MY nb-NO nl pl-PL pt-BR pt-PT ro-RO ru-RU sk-SK sv-SE te-IN th-TH
    tl-PH tr uk-UA vi-VN zh-CN zh-TW
"""
LOCALES = frozenset(NAMED.split())
