"""The CPU budget never gives more than there is, and serves the most urgent first."""

import threading
import time

from lockstep.engine.budget import Budget


def test_a_wish_for_more_than_all_is_cut_to_all() -> None:
    with Budget(2).share(8, 1.0) as got:
        assert got == 2


def test_never_more_than_the_total_at_once() -> None:
    budget, lock, running, most = Budget(3), threading.Lock(), [0], [0]

    def work(size: int) -> None:
        with budget.share(size, float(size)) as got:
            with lock:
                running[0] += got
                most[0] = max(most[0], running[0])
            time.sleep(0.002)
            with lock:
                running[0] -= got

    threads = [threading.Thread(target=work, args=(1 + n % 3,)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most[0] <= 3
    assert running[0] == 0


def test_the_most_urgent_waiter_goes_first() -> None:
    budget, holding = Budget(1), threading.Event()
    order: list[float] = []
    release = threading.Event()

    def hold() -> None:
        with budget.share(1, 0.0):
            holding.set()
            release.wait(10)

    def wait(urgency: float) -> None:
        with budget.share(1, urgency):
            order.append(urgency)

    first = threading.Thread(target=hold)
    first.start()
    holding.wait(10)
    waiters = [threading.Thread(target=wait, args=(urgency,)) for urgency in (1.0, 9.0, 5.0)]
    for waiter in waiters:
        waiter.start()
    while len(budget._waiting) < 3:
        time.sleep(0.001)
    release.set()
    for thread in (first, *waiters):
        thread.join(10)
    assert order == [9.0, 5.0, 1.0]
