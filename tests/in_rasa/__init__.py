"""Tests that need Rasa's own environment, where there is no pytest; ``tests/test_engine.py`` runs
them in one process of ``.venv-rasa`` and reports each as a test of its own."""
