"""What leaves: the interface of a system that takes deliveries (`sink.py`). Its dialects stand in `connectors/systems/`."""
