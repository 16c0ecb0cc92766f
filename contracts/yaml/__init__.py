"""YAML files as typed values: the line of each value, and faults in words that say what to write instead."""
