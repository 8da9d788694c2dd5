import os
import sys


def price(dozens: int) -> int:
    sys.exit(dozens  *  12)
