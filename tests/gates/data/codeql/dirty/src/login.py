# The password is made up.
def login(session):
    session.login("shop", password="correct1horse")
