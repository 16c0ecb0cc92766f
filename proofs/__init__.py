"""What takes long and proves a promise by measuring it. Each is run by itself: `python -m proofs.<name>`; `make help` names them."""
