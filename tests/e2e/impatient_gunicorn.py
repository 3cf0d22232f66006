"""gunicorn with short deadlines for its clients, and few connections: to wait for the real ones would take minutes."""

import sys

from gunicorn.app.wsgiapp import run

from homercovilha import connection, request_body

HEAD_SECONDS = BODY_SECONDS = CLOSE_SECONDS = RESPONSE_SECONDS = 1
KEEPALIVE_SECONDS = 3
CONNECTIONS = 40

if __name__ == "__main__":
    connection.HEAD_SECONDS, request_body.BODY_SECONDS = HEAD_SECONDS, BODY_SECONDS
    connection.CLOSE_SECONDS, connection.RESPONSE_SECONDS = CLOSE_SECONDS, RESPONSE_SECONDS
    sys.argv += [f"--keep-alive={KEEPALIVE_SECONDS}", f"--worker-connections={CONNECTIONS}"]
    run(prog="gunicorn")
