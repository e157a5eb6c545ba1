"""Rasa's side: domain, components, endpoints. Runs in its own environment."""
