"""Google's own client works against the stand-in with nothing but its host and scheme changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from google.analytics.data_v1beta import BetaAnalyticsDataClient
from google.analytics.data_v1beta import types as ga
from google.analytics.data_v1beta.services.beta_analytics_data.transports.rest import BetaAnalyticsDataRestTransport
from google.api_core.exceptions import BadRequest, Forbidden, TooManyRequests
from google.auth.exceptions import RefreshError
from google.oauth2 import service_account

from plugins.sandbox.google_analytics import GoogleAnalytics
from plugins.sandbox.retailer import EmptyRetailer
from plugins.sandbox.server import running
from tests.plugins.sandbox.google_analytics.stage import ANN, DAY, PROPERTY, retailer

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
SCOPES = ["https://www.googleapis.com/auth/analytics.readonly"]
NAME = f"properties/{PROPERTY}"


class Key(service_account.Credentials):  # type: ignore[misc]
    """A key that does not ask Google itself, beside the stand-in, where it may be used."""

    def _build_regional_access_boundary_lookup_url(self, request: object = None) -> None:
        return None


def today() -> EmptyRetailer:
    """Return the small webshop, its visits moved to yesterday: the client signs with the present time."""
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    by = noon - timedelta(days=2) - DAY
    shop = retailer()
    shop.browse_events = [replace(each, at=each.at + by, days_late=0) for each in shop.browse_events]
    return shop


@pytest.fixture
def vendor() -> GoogleAnalytics:
    return GoogleAnalytics(retailer=today())


@pytest.fixture
def client(vendor: GoogleAnalytics) -> Iterator[BetaAnalyticsDataClient]:
    with running(vendor) as url:
        key = Key.from_service_account_info(vendor.credentials(url), scopes=SCOPES)
        host = url.removeprefix("http://")
        transport = BetaAnalyticsDataRestTransport(host=host, credentials=key, url_scheme="http")
        yield BetaAnalyticsDataClient(transport=transport)


def request(**more: object) -> ga.RunReportRequest:
    body = {
        "property": NAME,
        "date_ranges": [ga.DateRange(start_date="7daysAgo", end_date="today")],
        "dimensions": [ga.Dimension(name="date"), ga.Dimension(name="itemId")],
        "metrics": [ga.Metric(name="itemsViewed"), ga.Metric(name="itemRevenue")],
        "order_bys": [ga.OrderBy(dimension=ga.OrderBy.DimensionOrderBy(dimension_name="itemId"))],
    }
    return ga.RunReportRequest({**body, **more})


def test_reads_a_report_page_by_page(client: BetaAnalyticsDataClient) -> None:
    answer = client.run_report(request(return_property_quota=True))
    assert (answer.row_count, len(answer.rows)) == (4, 4)
    assert answer.metric_headers[1].type_ == ga.MetricType.TYPE_CURRENCY
    assert answer.metadata.time_zone == "Europe/Amsterdam"
    assert answer.property_quota.tokens_per_day.remaining == 199_999
    second = client.run_report(request(limit=3, offset=3))
    assert (second.row_count, [row.dimension_values[1].value for row in second.rows]) == (4, ["SOCK-3"])


def test_filters_rows(client: BetaAnalyticsDataClient) -> None:
    text = ga.Filter.StringFilter(value="sock", match_type=ga.Filter.StringFilter.MatchType.BEGINS_WITH)
    only = ga.FilterExpression(filter=ga.Filter(field_name="itemId", string_filter=text))
    assert {row.dimension_values[1].value for row in client.run_report(request(dimension_filter=only)).rows} == {
        "SOCK-3"
    }


def test_reads_batches_metadata_and_compatibility(client: BetaAnalyticsDataClient) -> None:
    batch = ga.BatchRunReportsRequest(property=NAME, requests=[request(), request()])
    assert [each.row_count for each in client.batch_run_reports(batch).reports] == [4, 4]
    told = client.get_metadata(name=f"{NAME}/metadata")
    assert "itemsViewed" in {each.api_name for each in told.metrics}
    checking = ga.CheckCompatibilityRequest(property=NAME, dimensions=[ga.Dimension(name="itemId")])
    found = client.check_compatibility(checking).metric_compatibilities
    fits = {each.metric_metadata.api_name: each.compatibility for each in found}
    assert (fits["itemRevenue"], fits["sessions"]) == (ga.Compatibility.COMPATIBLE, ga.Compatibility.INCOMPATIBLE)


def test_reads_who_is_in_an_audience(client: BetaAnalyticsDataClient, vendor: GoogleAnalytics) -> None:
    dimensions = [ga.AudienceDimension(dimension_name=name) for name in ("deviceId", "userId")]
    export = ga.AudienceExport(audience=f"{NAME}/audiences/2", dimensions=dimensions)
    client.create_audience_export(parent=NAME, audience_export=export)
    (listed,) = client.list_audience_exports(parent=NAME)
    assert client.get_audience_export(name=listed.name).state == ga.AudienceExport.State.CREATING
    vendor.clock = lambda: datetime.now(UTC) + timedelta(seconds=31)
    found = client.query_audience_export(ga.QueryAudienceExportRequest(name=listed.name, limit=1, offset=1))
    assert (found.row_count, [each.value for each in found.audience_rows[0].dimension_values]) == (2, [ANN, "1001"])
    assert found.audience_export.percentage_completed == 100.0


def test_learns_why_not(client: BetaAnalyticsDataClient, vendor: GoogleAnalytics) -> None:
    with pytest.raises(BadRequest, match="not a valid dimension"):
        client.run_report(request(dimensions=[ga.Dimension(name="userId")]))
    vendor.perform("withdraw_access")
    with pytest.raises(Forbidden, match="sufficient permissions"):
        client.run_report(request())
    vendor.perform("grant_access")
    vendor.perform("use_up_quota")
    with pytest.raises(TooManyRequests, match="Exhausted property tokens"):
        client.run_report(request())


def test_gets_no_token_for_a_revoked_key(client: BetaAnalyticsDataClient, vendor: GoogleAnalytics) -> None:
    vendor.perform("revoke_key")
    with pytest.raises(RefreshError, match="invalid_grant"):
        client.run_report(request())
