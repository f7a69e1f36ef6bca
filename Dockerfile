# assistants-sync with every kind of shared state. Build it where you keep images, and pin the base
# by digest there: --build-arg PYTHON_IMAGE=python:3.12-slim-bookworm@sha256:…
ARG PYTHON_IMAGE=docker.io/library/python:3.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
# The wheel bears this time, so that the same sources give the same bytes.
ARG SOURCE_DATE_EPOCH=1577836800
ENV SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH} \
    PIP_NO_CACHE_DIR=1 \
    PIP_NO_COMPILE=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /source
COPY .ci/build.lock .ci/requirements.lock ./.ci/
RUN python3 -m venv /build \
    && /build/bin/pip install --quiet --require-hashes -r .ci/build.lock
RUN python3 -m venv --without-pip /opt/assistants-sync \
    && /build/bin/pip --python /opt/assistants-sync/bin/python install --quiet \
        --require-hashes --only-binary :all: -r .ci/requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY assistants_sync ./assistants_sync
COPY examples/ci ./examples/ci
RUN /build/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /build/bin/pip --python /opt/assistants-sync/bin/python install --quiet --no-deps /wheels/*.whl
# Nobody may write byte code later; told by hash and not by time, it is the same in every build.
RUN /opt/assistants-sync/bin/python -m compileall -q --invalidation-mode unchecked-hash \
        /opt/assistants-sync/lib

FROM ${PYTHON_IMAGE}
COPY --from=build /opt/assistants-sync /opt/assistants-sync
ENV PATH=/opt/assistants-sync/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /work
ENTRYPOINT ["assistants-sync"]
