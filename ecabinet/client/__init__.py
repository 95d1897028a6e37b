"""The client: what a member and the secretariat have on their machines."""
