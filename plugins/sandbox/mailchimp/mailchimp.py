"""The Mailchimp Marketing API 3.0 as the sandbox plays it."""

from __future__ import annotations

from dataclasses import dataclass

from plugins.sandbox.mailchimp.batches import BatchPaths
from plugins.sandbox.mailchimp.bulk import BulkPaths
from plugins.sandbox.mailchimp.happenings import Happenings
from plugins.sandbox.mailchimp.interests import InterestPaths
from plugins.sandbox.mailchimp.lists import ListPaths
from plugins.sandbox.mailchimp.members import MemberPaths
from plugins.sandbox.mailchimp.reports import ReportPaths
from plugins.sandbox.mailchimp.segments import SegmentPaths


@dataclass
class Mailchimp(MemberPaths, BulkPaths, SegmentPaths, ListPaths, InterestPaths, ReportPaths, BatchPaths, Happenings):
    """One account with one audience, filled from the retailer's contacts; strict where the vendor is."""
