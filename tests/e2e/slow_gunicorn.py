"""gunicorn of which only the first worker starts at once."""

import time

from gunicorn.app.wsgiapp import run

from homercovilha.worker import Worker

SECONDS = 10


def init_process(worker: Worker) -> None:
    if worker.slot:
        time.sleep(SECONDS)
    super(Worker, worker).init_process()


if __name__ == "__main__":
    Worker.init_process = init_process
    run(prog="gunicorn")
