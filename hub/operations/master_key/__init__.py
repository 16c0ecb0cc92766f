"""A new master key without downtime.

rotation        new data under the new key; the old one goes when nothing needs it
resealing       what is there is sealed again in the background
sealing_keys    tables: which keys seal since when, and how far sealing again has come
"""
