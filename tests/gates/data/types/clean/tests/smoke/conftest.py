ROOM = "smoke"
