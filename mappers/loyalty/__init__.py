"""How much: the ledger of points and gift vouchers, from the events of every source to balances that agree."""
