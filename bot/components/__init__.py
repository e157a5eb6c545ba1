"""What Rasa's pipeline runs: the ranking component and what it needs."""
