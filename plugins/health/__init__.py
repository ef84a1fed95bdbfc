"""How the hub is: figures for a dashboard, and what is wrong with a set-up."""
