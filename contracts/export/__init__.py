"""What others can use of a contract: made from it, never written beside it.

    json_schema    the records as JSON, by JSON Schema 2020-12
    xsd            the records as XML, by XML Schema 1.0
    page           a page for people, in Vietnamese or English
    texts          the forms of values, as both schemas state them

Values travel as text, and both schemas describe texts. They say what one value alone can break: required, length,
pattern, codes, and the form of numbers, times and dates. What compares two fields, looks a code up or counts a batch
stands in the page.
"""
