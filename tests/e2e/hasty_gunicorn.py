"""gunicorn without its pause of up to 0.1 s after each worker's start: hundreds of starts would take long."""

import random

from gunicorn.app.wsgiapp import run

if __name__ == "__main__":
    random.random = lambda: 0.0
    run(prog="gunicorn")
