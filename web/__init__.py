"""The gateway: widget, public API and staff console. Thin doors onto ``desk``."""
