"""Writes what Meta is told: custom audiences by hashes, items of a catalogue, purchases in shops."""
