# Production image: runtime dependencies only, an unprivileged user, static files collected at build.
# docker-compose.yml runs it as web, worker, beat and migrate.
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
COPY pyproject.toml requirements.lock ./
# pyproject.toml names what runs; the lock, as a constraint, pins the rest and holds the hash of every file.
RUN uv venv /venv && \
    uv pip install --no-cache --python /venv/bin/python --require-hashes -r pyproject.toml -c requirements.lock
COPY manage.py ./
COPY funnel funnel
COPY leads leads
COPY templates templates
COPY static static
# Settings insist on these; nothing connects while static files are collected, and nothing of them stays.
RUN SECRET_KEY=build DATABASE_URL=postgres://build/build REDIS_URL=redis://build STATIC_ROOT=/app/staticfiles \
    /venv/bin/python manage.py collectstatic --noinput && \
    /venv/bin/python -m compileall -q /app/funnel /app/leads

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin funnel && \
    install -d -o funnel -g funnel /var/lib/beat
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=funnel.settings \
    STATIC_ROOT=/app/staticfiles \
    STATIC_FROM_SOURCE=0
USER funnel
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "4", "--respawn-failed-workers", "funnel.wsgi:application"]
