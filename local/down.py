"""`make down`: end what `make up` started, and nothing else. The state stays for the next `make up`."""

from __future__ import annotations

from local import running


def main() -> None:
    up = running.load()
    if up is None:
        running.FILE.unlink(missing_ok=True)
        print("down: nothing runs")
        return
    running.stop_all(up)
    print(f"down: ended {', '.join(sorted(up.processes))}")


if __name__ == "__main__":
    main()
