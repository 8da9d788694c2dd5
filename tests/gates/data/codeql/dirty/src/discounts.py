def applies(expression, total):
    return eval(expression, {"total": total})  # nosemgrep
