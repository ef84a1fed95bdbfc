"""Long lists of words, written as running text."""

from __future__ import annotations


def words(text: str) -> list[str]:
    """Return the words between blanks."""
    return text.split()


def listed(text: str) -> list[str]:
    """Return the names between commas."""
    return [name.strip() for name in text.split(",")]
