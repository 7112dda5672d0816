"""The machine of zhenggai: a workflow engine for rectification."""
