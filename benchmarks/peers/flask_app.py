"""The page by Flask, Jinja and prometheus-flask-exporter, as their documentation says."""

import os

import moment
from flask import Flask, render_template
from prometheus_flask_exporter import PrometheusMetrics

app = Flask(__name__, template_folder=os.environ["PAGE_DIRECTORY"])
metrics = PrometheusMetrics(app)


@app.route("/covilha")
def covilha() -> str:
    return render_template("covilha.html", **moment.values())
