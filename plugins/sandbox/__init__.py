"""Strict local stand-ins for every vendor API, and the retailers behind them."""
