"""Who holds an older version of a record than the city, and whether they know it.

    batch, or a person who ended a record ──> correction ──> carriers of the older version ──> notices ──> acknowledged

A record that is corrected, or ended as gone from its source, was carried before: in decisions, copies of extract,
records, answers and prefill for agencies, and deliveries of feeds. Each carrier gets one notice, a CloudEvent without any
value. A recall is closed when each of its notices is acknowledged: by a person, by a decision judged again, or by a
receiver's acknowledgement of the delivery that brought the new version.

Reading order:

    tables        recalls, notices, and which batches were looked at
    corrections   records that have another version than before, or are gone
    carriers      who carried the older one
    recalls       find, settle, list, acknowledge
    events        notices as CloudEvents
    explaining    a field of a delivery, back to the landed bytes
"""
