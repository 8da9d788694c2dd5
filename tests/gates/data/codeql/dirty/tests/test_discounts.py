def test_it(expression):
    assert eval(expression)
