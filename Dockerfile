# One image for the public and the admin site; DJANGO_SETTINGS_MODULE chooses.
# The tag follows the security fixes of Python and Debian. For reproducible builds, give a digest:
# --build-arg PYTHON=docker.io/library/python@sha256:…
ARG PYTHON=docker.io/library/python:3.13-slim-trixie

FROM ${PYTHON} AS build
WORKDIR /app
COPY requirements.txt .
RUN python -m venv --without-pip /venv \
    && pip --python /venv/bin/python install --no-cache-dir --require-hashes --no-deps --only-binary :all: --requirement requirements.txt
COPY . .
# Each site serves only its own files. The settings require two values that collecting does not use.
RUN for site in public admin; do \
        SECRET_KEY=unused ALLOWED_HOSTS=unused DJANGO_SETTINGS_MODULE=homercovilha.settings.$site \
            /venv/bin/python manage.py collectstatic --no-input || exit 1; \
    done \
    && rm requirements.txt \
    && /venv/bin/python -m compileall -q .

FROM ${PYTHON}
# Nothing is installed at run time.
RUN pip uninstall --yes --root-user-action=ignore pip
COPY --from=build /venv /venv
COPY --from=build /app /app
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title=homercovilha \
    org.opencontainers.image.version=${VERSION} \
    org.opencontainers.image.revision=${REVISION}
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOMERCOVILHA_VERSION=${VERSION} \
    HOMERCOVILHA_REVISION=${REVISION}
WORKDIR /app
USER 10001:10001
EXPOSE 8000 8001
STOPSIGNAL SIGTERM
# Kubernetes probes it; there is no HEALTHCHECK here to say it twice.
CMD ["gunicorn"]
