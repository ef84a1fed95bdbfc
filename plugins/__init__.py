"""The rooms of the hub; Meltano keeps its lock files beside them."""
