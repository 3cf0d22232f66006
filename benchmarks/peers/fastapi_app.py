"""The page by FastAPI, Jinja and prometheus-fastapi-instrumentator, as their documentation says."""

import os

import moment
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from prometheus_fastapi_instrumentator import Instrumentator

app = FastAPI()
templates = Jinja2Templates(directory=os.environ["PAGE_DIRECTORY"])
Instrumentator().instrument(app).expose(app)


@app.get("/covilha", response_class=HTMLResponse)
async def covilha(request: Request) -> HTMLResponse:
    return templates.TemplateResponse(request=request, name="covilha.html", context=moment.values())
