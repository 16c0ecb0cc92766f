"""People and couples of the synthetic city, three generations deep, as columns.

Founders come first, without a birth record here; their children are born, meet newcomers of
their age, marry and have children in turn. So each child's parents exist, are old enough, and
are one household; nobody acts after his death. Everything is an array: row i of each column is
person i (or couple i).

    table          all persons and couples, as the rest of the city sees them
    build          so many births and deaths by a day
    generations    who is born to whom: newcomers, couples, children
    lives          what follows: names, native places, deaths, homes, numbers
"""
