"""Whose a decision about a person is now: it goes where the profile went, and comes back when a merge is taken back."""

from __future__ import annotations


def heirs(table: str, key: str) -> str:
    """Return the CTEs of a `WITH RECURSIVE`, the last of which is `holder`: key, and profile_id, NULL once erased.

    The store is attached as `origin`; the engine has table `profile`.
    """
    return f"""follow AS (
  SELECT {key}, profile_id FROM origin.{table}
  UNION ALL
  SELECT {key}, merged_into FROM follow JOIN profile ON profile.id = follow.profile_id WHERE merged_into IS NOT NULL
), holder AS (
  SELECT {key}, follow.profile_id FROM follow LEFT JOIN profile ON profile.id = follow.profile_id
  WHERE profile.merged_into IS NULL
)"""
