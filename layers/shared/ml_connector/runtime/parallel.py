"""A few sends at a time, in threads. An item is taken only when a thread is free for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait


class ThreadParallel:
    def run[Item, Result](
        self, work: Callable[[Item], Result], items: Iterable[Item], *, width: int
    ) -> Iterator[Result]:
        """`items` is iterated in the caller's thread; results come as they end. An exception of `work` is raised.

        One of `items` is raised too, after the results of what was begun before it: an answer is never thrown away.
        """
        source = iter(items)
        running: set[Future[Result]] = set()
        broken: Exception | None = None
        with ThreadPoolExecutor(max_workers=max(1, width)) as pool:
            exhausted = False
            while running or not exhausted:
                while not exhausted and len(running) < width:
                    try:
                        running.add(pool.submit(work, next(source)))
                    except StopIteration:
                        exhausted = True
                    except Exception as error:
                        exhausted, broken = True, error
                if not running:
                    break
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for ended in done:
                    yield ended.result()
        if broken is not None:
            raise broken
