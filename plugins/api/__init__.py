"""What tills and webshops call: the HTTP endpoint of the ledger."""
