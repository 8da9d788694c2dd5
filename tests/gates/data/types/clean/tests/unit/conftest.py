ROOM = "unit"
