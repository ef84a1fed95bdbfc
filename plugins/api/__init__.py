"""What tills, apps and webshops call: persons, offers, points, preferences and receipts over HTTP."""
