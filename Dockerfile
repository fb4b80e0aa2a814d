# The page, for any container host and for a Hugging Face Space (`sdk: docker` in README.md).
FROM python:3.11-slim

# A Space runs as user 1000. The process may write to /cache alone: converted networks and uploads.
RUN useradd --uid 1000 --no-create-home --home-dir /nonexistent app \
    && mkdir /cache && chown app /cache
ENV XDG_CACHE_HOME=/cache \
    MPLCONFIGDIR=/cache/matplotlib \
    KERAS_HOME=/cache/keras \
    GRADIO_TEMP_DIR=/cache/uploads \
    PYTHONDONTWRITEBYTECODE=1

COPY . /src
RUN pip install --no-cache-dir /src && rm -rf /src

USER app
WORKDIR /cache
EXPOSE 7860
CMD ["sketchnet", "demo", "--host", "0.0.0.0", "--port", "7860"]
