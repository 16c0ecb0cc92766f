"""`make kill-proof`: whatever kills the hub or its database at any moment, the next plain run ends well.

    first-start   kill -9 of `hub run` in its first start: the hub alone, its process group, everything at once
    crash         the embedded database dies in a sync: all of it, its first process, one session, at once by its own signal
    writer        a writer is stopped, loses its sessions, is overtaken and goes on; or gets SIGTERM
    full-disk     the state folder is on a disk too small; then there is room

Reading order: `points` (where a process can be struck), `struck` (a hub that is struck), `city` (a state folder and what is
left in it), `trials`, `__main__`.
"""
