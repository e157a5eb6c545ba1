"""The process that sends messages out: a thin door from the outbox table to HTTP."""
