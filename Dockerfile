FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY operator operator
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .
RUN python -m venv /opt/schemasync
RUN /opt/schemasync/bin/pip install --no-cache-dir /wheels/*.whl

FROM python:3.13-slim
COPY --from=build /opt/schemasync /opt/schemasync
ENV PATH=/opt/schemasync/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# By number, so that Kubernetes can see that it is not root.
USER 65532:65532
ENTRYPOINT ["schemasync"]
CMD ["operator"]
