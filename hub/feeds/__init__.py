"""The way out: what leaves the city for ministries, as careful as what comes in.

items      what a delivery is made of: records that are there now, and records that are gone
forms      items as bytes that are always the same: JSON Lines and CSV
sealing    the payload, sealed for its one receiver
manifest   what is said in clear about a delivery, in the one form that is signed
signing    the city's signing keys, and their rotation
package    a delivery as a folder of four files
samples    deliveries to try `kit/` with

More than fifteen modules stand on one level on purpose: each is one step of the way from a declaration to a delivery.

A receiver needs nothing of this: `kit/` verifies and opens deliveries with the standard library and `cryptography`.
"""
