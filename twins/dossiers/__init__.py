"""Dossiers of the 22 one-stop systems with their children, filed by the city's people.

filed       all dossiers, as the rest of the city sees them
build       so many a district, as they stand at a moment
course      dates, status, and the number that follows from the day of receipt
head        procedure, channel, places, payment
owners      who files, and how he is named
children    papers, fees, supplements, results
"""
