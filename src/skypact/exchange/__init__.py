"""Labels, the release decision, envelopes, signatures, feeds and the audit chain."""
