"""Scripts that the tests run with the Python of Rasa's environment."""
