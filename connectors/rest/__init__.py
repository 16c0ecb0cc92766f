"""REST systems: tokens, envelopes of JSON, and keyset paging by change time and id."""
