"""Dates in words, as clerks write them beside the digits."""

from __future__ import annotations

import polars as pl

from twins.city.columns import Days, day_of_month, month_of, pick, year_of

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def number_in_words(number: int) -> str:
    """1..9999 as a clerk writes it: 1995 -> `một nghìn chín trăm chín mươi lăm`."""
    thousands, hundreds, rest = number // 1000, number % 1000 // 100, number % 100
    tens, units = divmod(rest, 10)
    words: list[str] = []
    if thousands:
        words += [_DIGITS[thousands], "nghìn"]
    if hundreds or (thousands and rest):
        words += [_DIGITS[hundreds], "trăm"]
    if tens >= 2:
        words += [_DIGITS[tens], "mươi"]
    elif tens == 1:
        words.append("mười")
    elif units and words:
        words.append("lẻ")
    if units:
        words.append(
            "mốt"
            if units == 1 and tens >= 2
            else "lăm"
            if units == 5 and tens
            else "tư"
            if units == 4 and tens >= 2
            else _DIGITS[units]
        )
    return " ".join(words)


def date_in_words(days: Days) -> pl.Series:
    """`Ngày năm, tháng ba, năm một nghìn chín trăm chín mươi lăm`."""
    words = ["không", *(number_in_words(n) for n in range(1, 2100))]
    small, months = pl.Series(words[:32]), pl.Series(words[:13])
    parts = pick(small, day_of_month(days)), pick(months, month_of(days)), pick(words, year_of(days))
    return pl.select(
        pl.concat_str(pl.lit("Ngày "), parts[0], pl.lit(", tháng "), parts[1], pl.lit(", năm "), parts[2])
    ).to_series()
