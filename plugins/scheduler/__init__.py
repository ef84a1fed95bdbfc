"""Runs the schedules of meltano.yml: one owner at a time, every turn once, whatever is killed in between."""
