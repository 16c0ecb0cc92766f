"""The API's door as another machine finds it: who is let in, and what its callers see while its processes are killed.

    python -m proofs.door [--kills 100]

The client runs in a network namespace of its own where that is permitted (root, `ip netns`), else on another address of
loopback; the proof says which. Writes proofs/door.json.
"""
