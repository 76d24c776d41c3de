"""Every plug-in point of skypact, one sentence each; built-in parts register through the same hooks."""
