"""Cellular modems: Huawei E3372h with AT commands or with its web interface, and by hand."""
