"""Reads a Tilroy tenant: shops, customers, articles, prices, stock, sales, orders and loyalty."""
