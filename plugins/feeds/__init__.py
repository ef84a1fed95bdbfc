"""Product feeds: what channels fetch, made from products, prices and stock, and checked before anybody sees it."""
