"""Excel workbooks, cell by cell as people see them."""
