"""A few sends at a time, in threads. An item is taken only when a thread is free for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta


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


class ThreadTogether:
    """All at the same time, a thread each. An exception of one is raised.

    What is not done within the limit goes on behind the answer, and the process ends only after it: a token that is
    being refreshed at that moment is stored all the same.
    """

    def run[Result](self, works: Sequence[Callable[[], Result]], *, limit: timedelta) -> list[Result | None]:
        if limit <= timedelta() or not works:
            return [None for _ in works]
        pool = ThreadPoolExecutor(max_workers=len(works))
        futures = [pool.submit(work) for work in works]
        done, _ = wait(futures, timeout=limit.total_seconds())
        pool.shutdown(wait=False)
        return [future.result() if future in done else None for future in futures]
