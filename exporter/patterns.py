"""What names and tokens may look like, as regular expressions: for settings and for what other replicas send."""

# https://prometheus.io/docs/concepts/data_model/
METRIC_NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*"
# Kubernetes has no longer names. With a longer one, an exposition could be larger than other replicas read.
POD_NAME = "[A-Za-z0-9._-]{1,253}"
# https://www.rfc-editor.org/rfc/rfc6750#section-2.1
BEARER_TOKEN = "[A-Za-z0-9._~+/-]+=*"  # noqa: S105 - what a token looks like, not a token.
