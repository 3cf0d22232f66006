"""gunicorn with short deadlines for its clients, and few connections: to wait for the real ones would take minutes."""

import sys

from gunicorn.app.wsgiapp import run

from homercovilha import request_body, worker

HEAD_SECONDS = BODY_SECONDS = CLOSE_SECONDS = RESPONSE_SECONDS = 1
KEEPALIVE_SECONDS = 3
CONNECTIONS = 40

if __name__ == "__main__":
    worker.HEAD_SECONDS, worker.CLOSE_SECONDS, worker.RESPONSE_SECONDS = HEAD_SECONDS, CLOSE_SECONDS, RESPONSE_SECONDS
    request_body.BODY_SECONDS = BODY_SECONDS
    sys.argv += [f"--keep-alive={KEEPALIVE_SECONDS}", f"--worker-connections={CONNECTIONS}"]
    run(prog="gunicorn")
