"""The census proof: an officer who walks numbers is stopped, and nobody else waits for it."""
