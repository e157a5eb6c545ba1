"""Custom actions: thin doors from Rasa onto ``desk``. One module per feature."""
